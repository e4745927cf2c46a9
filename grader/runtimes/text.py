"""Makes what strangers print fit to be shown: bounded, and without what moves a terminal's cursor."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_MAX = 2000
_MANY = 4
_FIGURES = re.compile(r"\d+")


def tail(text: str, lines: int = 20) -> str:
    """Return the last lines of a text, each printable."""
    return "\n".join(printable(line.encode()) for line in text.splitlines()[-lines:])


def printable(raw: bytes) -> str:
    """Return a line without colours and control characters, at most 2000 characters long."""
    text = _ESCAPES.sub("", raw[: 4 * _MAX].decode("utf-8", "replace").rstrip("\r\n"))
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)[:_MAX]


def folded(lines: Iterable[str]) -> list[str]:
    """Return lines where of many that are alike but for figures only the last is left, with their number."""
    kinds = [(_FIGURES.sub("0", line), line) for line in lines]
    left = Counter(kind for kind, _ in kinds)
    many = {kind: times for kind, times in left.items() if times >= _MANY}
    told = []
    for kind, line in kinds:
        left[kind] -= 1
        if kind not in many:
            told.append(line)
        elif not left[kind]:
            told.append(f"{line}  ({many[kind]} lines like this)")
    return told
