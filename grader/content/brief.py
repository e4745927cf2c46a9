"""The headings of a brief, and the anchors by which GitHub and the manifest name them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from grader.content.markdown import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = "README.md"

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_DROPPED = re.compile(r"[^\w\- ]")


def headings(text: str) -> tuple[tuple[int, str], ...]:
    """Return level and words of each heading, code and comments left out."""
    matches = (_HEADING.fullmatch(line) for line in visible(text.splitlines()))
    return tuple((len(match[1]), match[2]) for match in matches if match)


def anchors(text: str) -> tuple[str, ...]:
    """Return the anchor of each heading as GitHub makes it; repeated ones get -1, -2, ..."""
    return tuple(_numbered(anchor(words) for _, words in headings(text)))


def anchor(heading: str) -> str:
    """Return one heading's anchor: `jwt: Authentication (JWT)` is `jwt-authentication-jwt`."""
    words = _LINK.sub(r"\1", heading).strip().lower()
    return _DROPPED.sub("", words).replace(" ", "-")


def _numbered(names: Iterator[str]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for name in names:
        count = seen.get(name, -1) + 1
        seen[name] = count
        yield f"{name}-{count}" if count else name
