"""Dashboards of Grafana as files: their panels and what these ask, in each of the formats there are.

Classic JSON, the same inside a resource (`kind: Dashboard`), and the second schema with its `elements`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.kit import values
from grader.kit.verdicts import UnmetError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ALL = ("$__all", "All")
_ANYTHING = ".*"
_VARIABLE = re.compile(r"\$\{(\w+)(?::\w+)?\}|\$(\w+)|\[\[(\w+)\]\]")
_MOST_PANELS = 200


@dataclass(frozen=True)
class Panel:
    """One panel: `queries` are its visible ones in their order, `sources` the uids of their datasources."""

    title: str
    queries: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Dashboard:
    """One dashboard; `variables` are its own, by name, as a query gets them."""

    title: str
    panels: tuple[Panel, ...]
    variables: Mapping[str, str]

    def filled(self, query: str, builtin: Mapping[str, str]) -> str:
        """Return a query with Grafana's variables and the dashboard's own filled in; others stay."""
        known = {**self.variables, **builtin}

        def replace(match: re.Match[str]) -> str:
            name = next(filter(None, match.groups()))
            return known.get(name, match[0])

        return _VARIABLE.sub(replace, query)


def read(name: str, text: str) -> Dashboard:
    """Return the dashboard in a file; raises `UnmetError` where it is none in any format."""
    whole = values.parse(text.encode())
    spec = whole.get("spec", whole) if isinstance(whole, dict) else None
    if not isinstance(spec, dict) or not ("elements" in spec or "panels" in spec or "rows" in spec):
        raise UnmetError(
            f"{name} is a dashboard of Grafana, in a format it exports.",
            expected="`panels`, or a resource whose `spec` has `panels` or `elements`",
            actual=f"the members {', '.join(sorted(spec))}"
            if isinstance(spec, dict)
            else values.dump(whole)[:200],
        )
    panels = _second(spec) if "elements" in spec else _classic(spec)
    return Dashboard(str(spec.get("title", "")), tuple(panels)[:_MOST_PANELS], dict(_variables(spec)))


def _classic(holder: Mapping[str, Any]) -> Iterator[Panel]:
    """Yield the panels, also those inside rows."""
    for row in _dicts(holder.get("rows")):
        yield from _classic(row)
    for panel in _dicts(holder.get("panels")):
        targets = [one for one in _dicts(panel.get("targets")) if not one.get("hide")]
        sources = [one.get("datasource", panel.get("datasource")) for one in targets]
        yield Panel(
            str(panel.get("title", "")),
            tuple(str(one["expr"]) for one in targets if one.get("expr")),
            tuple(map(_uid, sources)),
        )
        yield from _classic(panel)


def _second(spec: Mapping[str, Any]) -> Iterator[Panel]:
    elements = spec["elements"]
    for element in _dicts(list(elements.values()) if isinstance(elements, dict) else elements):
        panel = _dict(element.get("spec"))
        group = _dict(_dict(panel.get("data")).get("spec"))
        asked = [_dict(one.get("spec")) for one in _dicts(group.get("queries"))]
        shown = [one for one in asked if not one.get("hidden")]
        queries = [_dict(one.get("query")) for one in shown]
        yield Panel(
            str(panel.get("title", "")),
            tuple(str(query["expr"]) for one in queries if (query := _dict(one.get("spec"))).get("expr")),
            tuple(_second_uid(one, query) for one, query in zip(shown, queries, strict=True)),
        )


def _second_uid(asked: Mapping[str, Any], query: Mapping[str, Any]) -> str:
    """Return a query's datasource: a `uid` beside it in early schemas, a `name` inside it in later ones."""
    source = _dict(query.get("datasource") or asked.get("datasource"))
    return str(source.get("uid") or source.get("name") or "")


def _uid(source: object) -> str:
    return str(source.get("uid", "")) if isinstance(source, dict) else str(source or "")


def _variables(spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    listed = _dicts(_dict(spec.get("templating")).get("list"))
    later = [_dict(one.get("spec")) for one in _dicts(spec.get("variables"))]
    for variable in [*listed, *later]:
        yield str(variable.get("name", "")), _current(variable)


def _current(variable: Mapping[str, Any]) -> str:
    value = _dict(variable.get("current")).get("value", _ALL[0])
    chosen = [str(one) for one in value] if isinstance(value, list) else [str(value)]
    if not any(chosen) or any(one in _ALL for one in chosen):
        return str(variable.get("allValue") or _ANYTHING)
    return chosen[0] if len(chosen) == 1 else f"({'|'.join(chosen)})"


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
