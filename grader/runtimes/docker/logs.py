"""Reads what a container printed, with the times at which it did."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from grader.model.target import LogLine
from grader.runtimes.text import printable, tail

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .engine import Engine

MAX_LINES = 2000
TAIL = 30


def lines(engine: Engine, container: str, since: float = 0.0) -> list[LogLine]:
    """Return a container's last lines since a time (epoch seconds)."""
    return list(read_log(engine.logs(container, since, MAX_LINES)))


def last_lines(engine: Engine, container: str, count: int = TAIL) -> str:
    """Return the last lines of a container, without time stamps."""
    return tail("\n".join(line.text for line in read_log(engine.logs(container, lines=count))), count)


def read_log(raw: bytes) -> Iterable[LogLine]:
    """Yield the lines of a log with time stamps; a line without one is left out."""
    for line in raw.decode("utf-8", "replace").split("\n"):
        stamp, _, text = line.partition(" ")
        try:
            at = datetime.fromisoformat(stamp).timestamp()
        except ValueError:
            continue
        yield LogLine(at=at, text=printable(text.encode()))
