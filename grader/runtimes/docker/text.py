"""The last lines of what strangers print, fit to be shown."""

from __future__ import annotations

from grader.runtimes.text import printable


def tail(text: str, lines: int = 20) -> str:
    """Return the last lines of a text, each printable."""
    return "\n".join(printable(line.encode()) for line in text.splitlines()[-lines:])
