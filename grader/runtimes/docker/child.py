"""A child process with a deadline and bounded output, line by line."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from grader.runtimes.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MAX_BYTES = 16 << 20
_LINE_BYTES = 8 << 10
_KEPT_LINES = 200


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a child ended: `cut` says why it was ended by force, if it was; `lines` are its last ones."""

    exit_code: int
    lines: tuple[str, ...]
    cut: str = ""


class Children:
    """Runs children, and ends those that still run when asked to."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closed = False

    def run(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        seconds: float,
        say: Callable[[str], None],
        stdin: IO[bytes] | None = None,
    ) -> Outcome:
        """Run a command, saying each of its lines; end it after `seconds` or too much output."""
        process = subprocess.Popen(
            command,
            env=dict(env),
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._running.add(process)
        try:
            if self._closed:
                end(process)
            return _follow(process, seconds, say)
        finally:
            end(process)
            self._running.discard(process)

    def close(self) -> None:
        """End all children, those of other threads too."""
        self._closed = True
        for process in tuple(self._running):
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a child with all its process group, and wait for it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if process.poll() is None and hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(OSError):
        process.kill()
    process.wait()


def _follow(process: subprocess.Popen[bytes], seconds: float, say: Callable[[str], None]) -> Outcome:
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
    reader.start()
    deadline = time.monotonic() + seconds
    kept: deque[str] = deque(maxlen=_KEPT_LINES)
    size, cut = 0, ""
    while not cut:
        try:
            raw = lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            cut = f"it was not done within {seconds:g} s"
            break
        if not raw:
            break
        size += len(raw)
        cut = f"it printed more than {MAX_BYTES >> 20} MiB" if size > MAX_BYTES else ""
        line = printable(raw)
        if line:
            kept.append(line)
            say(line)
    end_or_wait(process, cut)
    reader.join(1.0)
    return Outcome(exit_code=process.returncode, lines=tuple(kept), cut=cut)


def end_or_wait(process: subprocess.Popen[bytes], cut: str) -> None:
    """Kill a child that was cut; one that closed its output gets a moment to end."""
    if not cut:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5.0)
            return
    end(process)


def _read(process: subprocess.Popen[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    assert process.stdout is not None
    with process.stdout as output:
        while raw := output.readline(_LINE_BYTES):
            lines.put(raw)
    lines.put(b"")
