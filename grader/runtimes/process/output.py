"""Drains what a process prints into bounded, timestamped lines, whatever it prints."""

from __future__ import annotations

import functools
import os
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from grader.model.target import LogLine
from grader.runtimes.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LINES = 2000
MAX_LINE = 8 * 1024
_CHUNK = 64 * 1024


class Output:
    """The last 2000 lines of one or more processes; a longer line than 8 KiB loses its rest."""

    def __init__(self) -> None:
        self._lines: deque[tuple[float, bytes, str]] = deque(maxlen=MAX_LINES)
        self._count = 0
        self._lock = threading.Lock()

    def drain(self, descriptor: int, process: str = "") -> threading.Thread:
        """Read a pipe to its end in a thread, so that the writer never blocks; closes the pipe.

        `process` is who writes, empty for `web`.
        """
        thread = threading.Thread(target=self._drain, args=(descriptor, process), daemon=True)
        thread.start()
        return thread

    def _drain(self, descriptor: int, process: str) -> None:
        splitter = _Splitter(functools.partial(self._add, process))
        try:
            while chunk := os.read(descriptor, _CHUNK):
                splitter.feed(chunk)
        except OSError:  # closed under us when the run ends
            return
        finally:
            splitter.end()
            os.close(descriptor)

    def _add(self, process: str, lines: list[bytes]) -> None:
        now = time.time()
        with self._lock:
            self._count += len(lines)
            # Copies: a slice would keep its whole chunk alive.
            self._lines.extend((now, line[:MAX_LINE], process) for line in lines[-MAX_LINES:])

    def since(self, at: float) -> list[LogLine]:
        """Return the lines printed at or after a time (epoch seconds)."""
        with self._lock:
            lines = [entry for entry in self._lines if entry[0] >= at]
        return [LogLine(at=when, text=printable(line), process=process) for when, line, process in lines]

    def after(self, count: int) -> tuple[int, list[str]]:
        """Return how many lines there were in all, and those after the first `count` that are still kept."""
        with self._lock:
            total, lines = self._count, list(self._lines)
        new = total - count
        return total, [printable(line) for _, line, _ in (lines[-new:] if new else [])]

    def tail(self, count: int = 20, process: str | None = None) -> str:
        """Return the last lines as one text: of all processes, or of one."""
        lines = [line for line in self.since(0.0) if process in {None, line.process}]
        return "\n".join(line.text for line in lines[-count:])


class _Splitter:
    """Cuts a stream into lines without ever holding more than a chunk and a line."""

    def __init__(self, add: Callable[[list[bytes]], None]) -> None:
        self._add = add
        self._rest = b""

    def feed(self, chunk: bytes) -> None:
        first, *others = chunk.split(b"\n")
        joined = (self._rest + first)[:MAX_LINE]
        if not others:
            self._rest = joined
            return
        self._rest = others.pop()[:MAX_LINE]
        self._add([joined, *others])

    def end(self) -> None:
        if self._rest:
            self._add([self._rest])
