"""Attaches the service's own log lines of the moment to the checks that failed."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from grader.model.events import CheckEnded, CheckStarted
from grader.model.outcome import Outcome

if TYPE_CHECKING:
    from grader.model.events import Event, Listener
    from grader.model.report import CheckResult
    from grader.model.target import LogLine
    from grader.runtimes.base import Runtime

_LINES = 12
_BEFORE = 0.05
"""Seconds before a check's start that still count: clocks of containers tick a little apart."""


@dataclass
class Witness:
    """Stands between a suite and its runtime: answers powers, and keeps what instances logged.

    `app` is the id of the first instance.
    """

    runtime: Runtime
    app: str
    listen: Listener
    logs: dict[str, str] = field(default_factory=dict)
    _began: float = 0.0
    _instances: list[str] = field(default_factory=list)

    def answer(self, power: str, args: dict[str, Any]) -> dict[str, Any]:
        """Answer one request of the suite's child. Raises `StoppedError`."""
        if power == "state":
            state = self.runtime.state(self.app)
            return asdict(state)
        reply = self.runtime.power(power, args)
        if power == "instance":
            self._instances.append(reply["id"])
        return reply

    def hear(self, event: Event) -> None:
        """Pass an event on; around each check, remember when it began and what was logged if it failed."""
        if isinstance(event, CheckStarted):
            self._began = time.time() - _BEFORE
        elif isinstance(event, CheckEnded) and event.result.outcome is Outcome.FAIL:
            self.logs[event.result.id] = self._moment(event.result)
        self.listen(event)

    def attached(self, result: CheckResult) -> CheckResult:
        """Return the result with its log lines, where there are some and it has none of its own."""
        log = self.logs.get(result.id)
        if not log or result.evidence.log:
            return result
        return replace(result, evidence=replace(result.evidence, log=log))

    def _moment(self, result: CheckResult) -> str:
        lines = [line for id_ in (self.app, *self._instances) for line in self.runtime.logs(id_, self._began)]
        last = result.evidence.request_ids[-1:]
        named = [line for line in lines if any(id_ in line.text for id_ in last)]
        return "\n".join(str(line) for line in _latest(named or lines))


def _latest(lines: list[LogLine]) -> list[LogLine]:
    return sorted(lines, key=lambda line: line.at)[-_LINES:]
