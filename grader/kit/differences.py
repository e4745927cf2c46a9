"""How two lists differ, in words: of long ones nobody finds it by looking."""

from __future__ import annotations

from collections import Counter
from typing import Any

from grader.kit import values

SHORT = 4
"""Lists that have no more items than this together are shown as they are."""

_SHOWN = 4


def of_lists(actual: list[Any], expected: list[Any]) -> str:
    """Return what the actual list has too many of, what it lacks, or where the order differs."""
    if len(actual) + len(expected) <= SHORT:
        return values.dump(actual)
    got, wanted = Counter(map(values.dump, actual)), Counter(map(values.dump, expected))
    parts = [
        f"{len(items)} {what}: {_some(items)}"
        for what, items in (
            ("missing", list((wanted - got).elements())),
            ("that should not be there", list((got - wanted).elements())),
        )
        if items
    ]
    return f"{len(actual)} items; " + ("; ".join(parts) or _order(actual, expected))


def _order(actual: list[Any], expected: list[Any]) -> str:
    place = next(n for n, pair in enumerate(zip(actual, expected, strict=True)) if pair[0] != pair[1])
    here, there = values.dump(actual[place]), values.dump(expected[place])
    return f"the right ones in another order: number {place + 1} is {here} instead of {there}"


def _some(items: list[str]) -> str:
    rest = len(items) - _SHOWN
    return ", ".join(items[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
