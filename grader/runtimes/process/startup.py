"""Waits until an app answers its health path, and names what keeps it from doing so."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import psutil

from grader.model.problem import Blame, StoppedError, stopped
from grader.runtimes import labels
from grader.runtimes.diagnosis import CRASH_LOOP, StartFacts, not_started
from grader.runtimes.health import ask
from grader.runtimes.process import tree

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from grader.runtimes.process.children import Child
    from grader.runtimes.process.output import Output

_OK = 200
_ASK_SECONDS = 2.0
_PAUSE = 0.015
_LOOK_EVERY = 0.25
_WRONG_PORT_PART = 4
_LOG_LINES = 25
_LEAST_LIFE = 0.3


@dataclass
class Startup:
    """One wait: `door` is the bench's port that leads to the app's `port`, `find` its living processes."""

    children: Mapping[str, Child]
    output: Output
    find: Callable[[], list[psutil.Process]]
    door: int
    port: int
    port_variable: str
    health: str
    seconds: float
    env: Mapping[str, str]
    asked: Collection[str] = ()
    _status: int | None = None
    _seen: dict[psutil.Process, tuple[str, ...]] = field(default_factory=dict)
    _wrong_since: float | None = None

    def wait(self) -> None:
        """Return once the app is healthy; raises `StoppedError`: learner, or ours for a foreign port."""
        began = time.monotonic()
        look = began + _LOOK_EVERY
        while (now := time.monotonic()) < began + self.seconds:
            self._require_all_running()
            status = ask(self.door, self.health, min(_ASK_SECONDS, began + self.seconds - now))
            if status == _OK:
                self._require_ours()
                self._let_others_live(time.monotonic() - began)
                return
            self._status = status or self._status
            if now > look:
                look = now + _LOOK_EVERY
                self._look()
            time.sleep(_PAUSE)
        raise StoppedError(not_started(self._facts()))

    def _require_all_running(self) -> None:
        for label, child in self.children.items():
            code = child.exit_code
            if code is not None and label not in self.asked:
                child.last_words()
                process = labels.shown(label)
                tail = self.output.tail(_LOG_LINES, process)
                facts = replace(self._facts(), exit_code=code, listening=(), process=process, tail=tail)
                raise StoppedError(not_started(facts))

    def _let_others_live(self, seconds: float) -> None:
        """Give processes that nobody can ask as long again as web took: one that dies at once is seen."""
        if set(self.children) - {labels.WEB} - set(self.asked):
            end = time.monotonic() + min(max(seconds, _LEAST_LIFE), self.seconds)
            while time.monotonic() < end:
                self._require_all_running()
                time.sleep(_PAUSE)

    def _require_ours(self) -> None:
        """Check that the app itself answers, not an older server that holds the port."""
        if any(one.port == self.port for one in tree.listening(self.find())):
            return
        owner = tree.owner_of(self.port)
        if owner:
            raise stopped(
                Blame.OURS,
                "start",
                f"port {self.port}, chosen for the app, belongs to another program: {owner}",
                "end that program, or run the grader again",
                self.output.tail(_LOG_LINES),
            )

    def _look(self) -> None:
        """Notice early what will not mend itself: a crash loop, and listening elsewhere for long."""
        living = self.find()
        for process in living:
            if process not in self._seen:
                self._seen[process] = _command_line(process)
        listening = tree.listening(living)
        if not listening and self._replaced(living) >= CRASH_LOOP:
            raise StoppedError(not_started(self._facts()))
        wrong = bool(listening) and all(one.port != self.port for one in listening)
        self._wrong_since = (self._wrong_since or time.monotonic()) if wrong else None
        if self._wrong_since and time.monotonic() - self._wrong_since > self.seconds / _WRONG_PORT_PART:
            raise StoppedError(not_started(self._facts()))

    def _replaced(self, living: list[psutil.Process]) -> int:
        """Return how often a process of one and the same command line ended and came again."""
        gone = Counter(line for process, line in self._seen.items() if line and process not in living)
        return max(gone.values(), default=0)

    def _facts(self) -> StartFacts:
        living = self.find()
        return StartFacts(
            port=self.port,
            port_variable=self.port_variable,
            health=self.health,
            seconds=self.seconds,
            replaced=self._replaced(living),
            listening=tree.listening(living),
            status=self._status,
            env=self.env,
            tail=self.output.tail(_LOG_LINES, labels.shown(labels.WEB)),
        )


def _command_line(process: psutil.Process) -> tuple[str, ...]:
    try:
        return tuple(process.cmdline())
    except psutil.Error:
        return ()
