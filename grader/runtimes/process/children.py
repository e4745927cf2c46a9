"""Starts the processes of a run: marked, written down, drained, and all ended at its end."""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grader.model.problem import Blame, stopped
from grader.runtimes.process import tree
from grader.runtimes.process.output import Output

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from grader.runtimes.process.ledger import Ledger

_SIGNAL_BASE = 128
_LAST_WORDS_SECONDS = 0.3


@dataclass
class Child:
    """A process we started and what it printed."""

    popen: subprocess.Popen[bytes]
    group: str
    output: Output
    drain: threading.Thread | None = None

    @property
    def exit_code(self) -> int | None:
        """How it ended: None while it runs, 128 plus the number for a signal, as shells say it."""
        code = self.popen.poll()
        return _SIGNAL_BASE - code if code is not None and code < 0 else code

    def wait(self, seconds: float) -> int | None:
        """Wait for its end and its last words; return its exit code, None if it still runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(max(seconds, 0.0))
        if self.exit_code is not None:
            self.last_words()
        return self.exit_code

    def last_words(self) -> None:
        """Let what an ended process printed arrive; a grandchild may hold the pipe, so not for ever."""
        if self.drain is not None:
            self.drain.join(_LAST_WORDS_SECONDS)


@dataclass
class Children:
    """All processes of the run `run`."""

    run: str
    ledger: Ledger
    _all: list[Child] = field(default_factory=list)
    _closed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def spawn(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        owner: str,
        output: Output | None = None,
        process: str = "",
        **how: Any,
    ) -> Child:
        """Start a process in its own session, without a terminal, as part of a group.

        `owner` is that group: a process of an instance, a service's name; `process` marks its lines in a
        shared `output`; `how` goes to Popen.
        Raises `StoppedError` (ours) once the run is over: a thread may still be starting things.
        """
        marks = {tree.RUN_VARIABLE: self.run, tree.GROUP_VARIABLE: owner}
        output = output or Output()
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        pipes = {"stdin": subprocess.DEVNULL, **pipes, **how}
        with self._lock:
            if self._closed:
                raise stopped(Blame.OURS, "start", "the run is being ended")
            tree.adopt_orphans()
            popen = subprocess.Popen(argv, cwd=cwd, env={**env, **marks}, start_new_session=True, **pipes)
            self.ledger.add_process(popen.pid)
            child = Child(popen, owner, output)
            self._all.append(child)
        if "stdout" not in how:
            assert popen.stdout is not None
            with popen.stdout:
                child.drain = output.drain(os.dup(popen.stdout.fileno()), process)
        return child

    def end(self, *groups: str) -> None:
        """Kill all processes of these groups, with everything that came from them."""
        mine = [child for child in self._all if child.group in groups]
        for group in groups:
            leaders = [child.popen.pid for child in mine if child.group == group and child.exit_code is None]
            tree.end_all(functools.partial(tree.members, leaders, self.run, {group}), self._reap)
        self._forget(mine)

    def close(self) -> None:
        """Kill everything, and let nothing be started any more."""
        with self._lock:
            self._closed = True
        leaders = [child.popen.pid for child in self._all if child.exit_code is None]
        tree.end_all(functools.partial(tree.members, leaders, self.run), self._reap)
        self._forget(list(self._all))

    def _reap(self, pid: int) -> None:
        """Take the exit code of an adopted orphan; Popen takes those of its own children."""
        if all(child.popen.pid != pid for child in self._all):
            with contextlib.suppress(OSError):
                os.waitpid(pid, os.WNOHANG)

    def _forget(self, children: Sequence[Child]) -> None:
        for child in children:
            child.wait(1.0)
            if child.popen.stdin is not None:
                child.popen.stdin.close()
            with contextlib.suppress(ValueError):
                self._all.remove(child)

    def stop(self, children: Sequence[Child], seconds: float, number: int) -> tuple[list[int | None], float]:
        """Ask processes to end and wait; return the exit codes (None: outlived `seconds`) and the time."""
        began = time.monotonic()
        for child in children:
            if child.exit_code is None:
                tree.send(tree.speakers(child.popen.pid), number)
        codes = [child.wait(began + seconds - time.monotonic()) for child in children]
        took = time.monotonic() - began
        self.end(*{child.group for child in children})
        return codes, took
