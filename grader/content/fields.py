"""Reads values out of a TOML table and complains with file, key and what was meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from grader.content.complaints import content_error, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grader.model.problem import StoppedError

_NAMES = {
    str: "text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


@dataclass(frozen=True)
class Table:
    """One table of a TOML file. Every method raises `StoppedError` (usage) for what does not fit."""

    file: str
    name: str
    data: Mapping[str, Any]

    def only(self, *known: str) -> Self:
        """Refuse keys that are not `known`; return the table itself."""
        for key in self.data:
            if key not in known:
                meant = nearest(key, known) or f"known are {', '.join(known)}."
                raise self.error(key, "is not a known key", f"Rename or remove it; {meant}")
        return self

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text that is not blank."""
        value = self._get(key, str, default)
        if not value.strip():
            raise self.error(key, "is blank", "Give it a value.")
        return str(value)

    def number(self, key: str, default: float) -> float:
        """Return a number above zero."""
        value = self.data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong_type(key, float, value)
        if value <= 0:
            raise self.error(key, f"is {value}", "Give a number above zero.")
        return float(value)

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return a list of different texts."""
        values = self._get(key, list, list(default))
        for value in values:
            if not isinstance(value, str):
                raise self.error(key, f"holds {value!r}", "Make every item text in quotes.")
        repeated = sorted({value for value in values if values.count(value) > 1})
        if repeated:
            raise self.error(key, f"holds {repeated[0]!r} twice", "Remove one of the two.")
        return tuple(values)

    def mapping(self, key: str, default: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return a table whose values are all texts (blank ones too)."""
        values = self._get(key, dict, dict(default or {}))
        for name, value in values.items():
            if not isinstance(value, str):
                raise self.error(f"{key}.{name}", f"is {value!r}", "Write it as text in quotes.")
        return dict(values)

    def table(self, key: str) -> Table:
        """Return the table of that name, empty when it is missing."""
        return Table(self.file, self._full(key), self._get(key, dict, {}))

    def tables(self, key: str) -> tuple[Table, ...]:
        """Return the tables of an array of tables."""
        values = self._get(key, list, [])
        for value in values:
            if not isinstance(value, dict):
                raise self.error(key, f"holds {value!r}", f"Write each as a [[{key}]] table.")
        return tuple(Table(self.file, f"{self._full(key)}[{n}]", v) for n, v in enumerate(values, 1))

    def error(self, key: str, what: str, remedy: str) -> StoppedError:
        """Return the complaint that `key` is such and such."""
        return content_error(f"{self.file}: {self._full(key)} {what}.", remedy)

    def _get(self, key: str, kind: type, default: Any) -> Any:
        value = self.data.get(key, default)
        if value is None:
            raise self.error(key, "is missing", f"Add `{key}`: {_NAMES[kind]}.")
        if not isinstance(value, kind):
            raise self._wrong_type(key, kind, value)
        return value

    def _wrong_type(self, key: str, kind: type, value: object) -> StoppedError:
        found = _NAMES.get(type(value), type(value).__name__)
        return self.error(key, f"is {found}", f"Make it {_NAMES[kind]}.")

    def _full(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key
