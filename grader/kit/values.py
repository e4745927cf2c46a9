"""JSON that came from a learner's service, parsed with bounds and read with expectations."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any, NoReturn

from grader.kit.verdicts import UnmetError

_MAX_DEPTH = 64
_MAX_DIGITS = 400
_UTC_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", re.ASCII | re.IGNORECASE)


class JsonObject(dict[str, Any]):
    """A JSON object whose missing members are the service's fault, not a crash of the check."""

    def __missing__(self, key: str) -> NoReturn:
        """Raise the failure a learner reads for a member that is not there."""
        raise UnmetError(
            f"The JSON object in the answer has no member `{key}`.",
            expected=f"a member `{key}`",
            actual=f"the members {', '.join(sorted(self)) or '(none)'}",
        )

    def text(self, key: str) -> str:
        """Return the member as a string."""
        value: str = self._typed(key, str, "a string")
        return value

    def integer(self, key: str) -> int:
        """Return the member as a whole number (true and false are none)."""
        value = self[key]
        if isinstance(value, bool) or not isinstance(value, int):
            self._wrong(key, "a whole number")
        return value

    def identity(self, key: str = "id") -> str:
        """Return the member as an id: a non-empty string or a whole number, always as text."""
        value = self[key]
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            self._wrong(key, "an id (a string or a number)")
        return str(value)

    def instant(self, key: str) -> datetime:
        """Return the member as a moment; its text has to be RFC 3339 in UTC."""
        text = self.text(key)
        try:
            moment = datetime.fromisoformat(text.upper())
        except ValueError:
            moment = None
        if moment is None or not _UTC_INSTANT.fullmatch(text):
            self._wrong(key, "a moment as RFC 3339 writes it, in UTC: `2030-01-31T12:00:00Z`")
        return moment.astimezone(UTC)

    def object(self, key: str) -> JsonObject:
        """Return the member as an object."""
        value: JsonObject = self._typed(key, JsonObject, "an object")
        return value

    def objects(self, key: str) -> list[JsonObject]:
        """Return the member as an array of objects."""
        values: list[JsonObject] = self._typed(key, list, "an array of objects")
        if not all(isinstance(value, JsonObject) for value in values):
            self._wrong(key, "an array of objects")
        return values

    def identities(self, key: str) -> list[str]:
        """Return the member as an array of ids, each as text."""
        values = self._typed(key, list, "an array of ids")
        if not all(isinstance(value, str | int) and not isinstance(value, bool) for value in values):
            self._wrong(key, "an array of ids")
        return [str(value) for value in values]

    def _typed(self, key: str, kind: type[Any], words: str) -> Any:
        value = self[key]
        if not isinstance(value, kind):
            self._wrong(key, words)
        return value

    def _wrong(self, key: str, words: str) -> NoReturn:
        raise UnmetError(
            f"The member `{key}` of the JSON in the answer has the wrong type.",
            expected=f"`{key}` is {words}",
            actual=f"`{key}` is {dump(self.get(key))}",
        )


def parse(body: bytes) -> Any:
    """Parse a body as JSON (RFC 8259): strict UTF-8, no NaN, no duplicate names, at most 64 levels deep.

    Objects come back as `JsonObject`. Raises `UnmetError` naming what is wrong.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnmetError(
            "The body is not UTF-8, which JSON has to be.",
            expected="UTF-8 text",
            actual=f"byte 0x{body[error.start]:02x} at offset {error.start}",
        ) from None
    if not text.strip():
        _unreadable("it is empty")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_int=_whole,
            parse_float=_finite,
        )
    except RecursionError:
        _unreadable("it is nested too deeply", body)
    except ValueError as error:
        _unreadable(str(error), body)
    if _deeper_than(value, _MAX_DEPTH):
        _unreadable(f"it is nested more than {_MAX_DEPTH} levels deep", body)
    return value


def dump(value: object) -> str:
    """Return a value as compact JSON, for people."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError):  # nothing a service sent: a table or set of the check
        return repr(value)


def _unique(pairs: list[tuple[str, Any]]) -> JsonObject:
    result = JsonObject(pairs)
    if len(result) != len(pairs):
        twice, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        _unreadable(f"the member `{twice[:80]}` is there twice in one object")
    return result


def _whole(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        _unreadable(f"it has a number of {len(digits)} digits")
    return int(digits)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        _unreadable(f"the number {digits[:80]} is too large for any program that reads it")
    return value


def _no_constant(name: str) -> NoReturn:
    _unreadable(f"{name} is no JSON number")


def _unreadable(why: str, body: bytes = b"") -> NoReturn:
    start = body[:120].decode("utf-8", "backslashreplace")
    raise UnmetError(
        "The body of the answer is not valid JSON.",
        expected="one JSON value (RFC 8259)",
        actual=f"{why}; it starts with {start!r}" if body else why,
    ) from None


def _deeper_than(value: Any, depth: int) -> bool:
    level: list[Any] = [value]
    for _ in range(depth):
        level = [child for item in level for child in _children(item)]
        if not level:
            return False
    return True


def _children(item: Any) -> list[Any]:
    if isinstance(item, dict):
        return list(item.values())
    return item if isinstance(item, list) else []
