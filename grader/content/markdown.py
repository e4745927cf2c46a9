"""The little of Markdown that content needs: which lines are text, and which are code or comments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FENCE = re.compile(r"[ \t]*(?:[-*+][ \t]+)?(?P<marks>`{3,}|~{3,})(?P<info>[^\r\n]*)")
_COMMENT = re.compile(r"[ \t]*<!--")


class Hidden:
    """Tells, fed one line after the other, whether a line is inside a fence or a comment block.

    A comment that begins in the middle of a line is inline and hides nothing: left open, it would hide
    the rest of the document from the reader of a single typing error.
    """

    def __init__(self) -> None:
        self.fence = ""
        self.comment = False

    def feed(self, line: str) -> bool:
        """Return whether `line` is code or comment, its opening and closing lines included."""
        if self.comment:
            self.comment = "-->" not in line
            return True
        if self.fence:
            self._close(line)
            return True
        return self._opens(line)

    def _opens(self, line: str) -> bool:
        if comment := _COMMENT.match(line):
            self.comment = "-->" not in line[comment.end() :]
            return True
        match = _FENCE.match(line)
        # Backticks after backticks are inline code, not a fence.
        if match and not (match["marks"][0] == "`" and "`" in match["info"]):
            self.fence = match["marks"]
        return bool(self.fence)

    def _close(self, line: str) -> None:
        mark = line.strip()
        if len(mark) >= len(self.fence) and set(mark) == {self.fence[0]}:
            self.fence = ""


def visible(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines that are neither code nor comment blocks."""
    hidden = Hidden()
    return (line for line in lines if not hidden.feed(line))
