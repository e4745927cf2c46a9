"""What a check expects of the service; each raises `UnmetError` with words for the learner."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from grader.kit import differences, values
from grader.kit.verdicts import UnmetError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grader.kit.client import Response
    from grader.kit.values import JsonObject

Statuses = int | Collection[int]

_LEAKS = (
    (re.compile(rb"\s{1,20}at .{1,200}\.(?:js|ts|mjs|cjs):\d"), "a stack trace"),
    (re.compile(rb"node_modules/|/src/[\w./-]{1,200}\.(?:js|ts|mjs)\b"), "a file path"),
    (re.compile(rb"\b(?:SELECT .{1,80} FROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b"), "SQL text"),
)


def that(condition: object, rationale: str, *, expected: object = "", actual: object = "") -> None:
    """Expect a condition to hold."""
    if not condition:
        raise UnmetError(rationale, expected=_words(expected), actual=_words(actual))


def equal(actual: object, expected: object, rationale: str) -> None:
    """Expect two values to be equal; of lists is told how they differ."""
    if actual != expected:
        if isinstance(actual, list) and isinstance(expected, list):
            got = differences.of_lists(actual, expected)
        else:
            got = _words(actual)
        raise UnmetError(rationale, expected=_words(expected), actual=got)


def holds(actual: Mapping[str, object], members: Mapping[str, object], rationale: str) -> None:
    """Expect a JSON object to have these members; more are allowed.

    Ids (`id`, `...Id`, `...Ids`) compare as text and lists of them as sets, times as instants (RFC 3339).
    """
    wrong = [name for name in members if _meant(name, actual) != _meant(name, members)]
    if wrong:
        raise UnmetError(rationale, expected=_part(members, wrong), actual=_part(actual, wrong))


def same(
    actual: Mapping[str, object],
    expected: Mapping[str, object],
    rationale: str,
    *,
    without: Collection[str] = (),
) -> None:
    """Expect two JSON objects to have the same members, compared as `holds` does, but for some."""
    names = sorted((set(actual) | set(expected)) - set(without))
    wrong = [name for name in names if _meant(name, actual) != _meant(name, expected)]
    if wrong:
        raise UnmetError(rationale, expected=_part(expected, wrong), actual=_part(actual, wrong))


def status(response: Response, allowed: Statuses, rationale: str) -> None:
    """Expect one of the statuses."""
    wanted = {allowed} if isinstance(allowed, int) else set(allowed)
    if response.status not in wanted:
        raise UnmetError(
            rationale,
            expected="status " + " or ".join(map(str, sorted(wanted))),
            actual=f"status {response.status}" + _start_of(response.body),
            exchange=response.exchange,
        )


def ok(response: Response, allowed: Statuses, rationale: str) -> JsonObject:
    """Expect one of the statuses and a JSON object; return the object."""
    status(response, allowed, rationale)
    return response.object()


def problem(response: Response, allowed: Statuses, rationale: str, *, path: str | None = None) -> None:
    """Expect an error as RFC 9457 describes it, that leaks nothing of the service's inside.

    With `path`, one entry of `errors` has to name that member of the request.
    """
    status(response, allowed, rationale)
    no_leak(response)
    kind = (response.header("content-type") or "").split(";")[0].strip().lower()
    _member(
        response,
        kind == "application/problem+json",
        rationale,
        "Content-Type: application/problem+json",
        kind,
    )
    body = response.object()
    title, code = body.get("title"), body.get("status")
    _member(response, isinstance(title, str) and title, rationale, "a `title` that says what is wrong", title)
    _member(response, code == response.status, rationale, f"`status` {response.status} in the body", code)
    if path is not None:
        _names_path(response, body, path, rationale)


def no_leak(response: Response) -> None:
    """Expect that a body shows no stack trace, file path or SQL text."""
    for pattern, what in _LEAKS:
        found = pattern.search(response.body)
        if found:
            raise UnmetError(
                f"The body of a {response.status} answer shows {what} of the service to whoever asks.",
                expected="an error that tells the client nothing of the inside",
                actual=found[0][:200].decode("utf-8", "backslashreplace").strip(),
                exchange=response.exchange,
            )


def _names_path(response: Response, body: JsonObject, path: str, rationale: str) -> None:
    errors = body.get("errors")
    named = (
        [entry.get("path") for entry in errors if isinstance(entry, dict)] if isinstance(errors, list) else []
    )
    flat = [".".join(map(str, name)) if isinstance(name, list) else str(name) for name in named]
    _member(
        response,
        any(name.lstrip("/").removeprefix("body.") == path for name in flat),
        rationale,
        f"`errors` with an entry whose `path` is `{path}`",
        errors,
    )


def _member(response: Response, condition: object, rationale: str, expected: str, actual: object) -> None:
    if not condition:
        raise UnmetError(rationale, expected=expected, actual=_words(actual), exchange=response.exchange)


_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.IGNORECASE)


def _meant(name: str, members: Mapping[str, object]) -> object:
    """Return what a member means, in a form that compares; its own type if it is not there."""
    value = members.get(name, UnmetError)
    if name.endswith("Ids") and isinstance(value, list):
        return sorted(map(str, value))
    if (name == "id" or name.endswith("Id")) and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and _TIME.fullmatch(value):
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            return value
    return value


def _part(members: Mapping[str, object], names: Collection[str]) -> str:
    return ", ".join(
        f"{name}: {values.dump(members[name])}" if name in members else f"no {name}" for name in names
    )


def _words(value: object) -> str:
    return value if isinstance(value, str) else values.dump(value)


def _start_of(body: bytes) -> str:
    if not body:
        return ", no body"
    return ", body " + body[:300].decode("utf-8", "backslashreplace")
