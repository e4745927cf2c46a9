"""Dashboards are read in every format that Grafana exports."""

from __future__ import annotations

import json
from typing import Any

import pytest

from grader.kit import UnmetError, dashboards

SOURCE = {"type": "prometheus", "uid": "prometheus"}
PANEL = {"title": "Errors", "datasource": SOURCE, "targets": [{"expr": "a"}, {"expr": "b", "hide": True}]}
ROW = {"title": "More", "type": "row", "panels": [{"title": "Memory", "targets": [{"expr": "c"}]}]}
VARIABLES = [
    {"name": "job", "current": {"value": "api"}},
    {"name": "route", "current": {"value": ["$__all"]}},
    {"name": "code", "current": {"value": ["1", "2"]}},
    {"name": "all", "allValue": ".+", "current": {"value": "$__all"}},
]
CLASSIC = {"title": "Board", "panels": [PANEL, ROW], "templating": {"list": VARIABLES}}
FIRST = {"apiVersion": "dashboard.grafana.app/v1beta1", "kind": "Dashboard", "metadata": {}, "spec": CLASSIC}


def second(**query: Any) -> dict[str, Any]:
    asked = {"query": {"kind": "DataQuery", "spec": {"expr": "a"}, **query}, "hidden": False}
    hidden = {"query": {"spec": {"expr": "b"}}, "hidden": True}
    group = {"kind": "QueryGroup", "spec": {"queries": [{"spec": asked}, {"spec": hidden}]}}
    panel = {"kind": "Panel", "spec": {"title": "Errors", "data": group}}
    variables = [{"kind": "QueryVariable", "spec": one} for one in VARIABLES]
    spec = {"title": "Board", "elements": {"panel-1": panel}, "variables": variables}
    return {"apiVersion": "dashboard.grafana.app/v2beta1", "kind": "Dashboard", "spec": spec}


def read(whole: object) -> dashboards.Dashboard:
    return dashboards.read("board.json", json.dumps(whole))


@pytest.mark.parametrize("whole", [CLASSIC, FIRST, {"rows": [{"panels": [PANEL, ROW]}]}])
def test_classic_panels_are_found_also_in_rows(whole: object) -> None:
    """Hidden queries are none."""
    found = {panel.title: panel for panel in read(whole).panels}
    assert (found["Errors"].queries, found["Errors"].sources) == (("a",), ("prometheus",))
    assert found["Memory"].queries == ("c",)


@pytest.mark.parametrize(
    "source", [{"datasource": {"uid": "prometheus"}}, {"datasource": {"name": "prometheus"}}]
)
def test_second_schema_has_its_panels_in_elements(source: dict[str, Any]) -> None:
    """Either way of naming the datasource counts."""
    (panel,) = read(second(**source)).panels
    assert (panel.title, panel.queries, panel.sources) == ("Errors", ("a",), ("prometheus",))


@pytest.mark.parametrize("whole", [CLASSIC, second()])
def test_variables_are_filled_in(whole: object) -> None:
    """A variable takes its current value; all of them match everything."""
    query = 'a{job="$job",route=~"${route:regex}",code=~"[[code]]",x=~"$all"}[$__rate_interval] $unknown'
    filled = read(whole).filled(query, {"__rate_interval": "4s"})
    assert filled == 'a{job="api",route=~".*",code=~"(1|2)",x=~".+"}[4s] $unknown'


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"spec": 1}', "nonsense", '{"kind": "Folder", "spec": {}}']
)
def test_what_is_no_dashboard_is_the_learners_failure(text: str) -> None:
    """Nothing in a file is the grader's error."""
    with pytest.raises(UnmetError):
        dashboards.read("board.json", text)


@pytest.mark.parametrize(
    "panels", [None, [1, None, {"targets": [1, {"expr": None}], "title": None}], {"a": 1}]
)
def test_odd_panels_are_left_aside(panels: object) -> None:
    """A broken panel breaks nothing else."""
    assert all(not panel.queries for panel in read({"panels": panels}).panels)
