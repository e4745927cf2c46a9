"""Attaches to the checks that failed what only the parent sees: logs of the moment, who connected to what."""

from __future__ import annotations

import re
import time
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from grader.model.events import CheckEnded, CheckStarted
from grader.model.outcome import Outcome
from grader.model.problem import StoppedError
from grader.model.target import Instance
from grader.runtimes.labels import WEB
from grader.runtimes.text import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grader.model.events import Event, Listener
    from grader.model.exercise import Exercise
    from grader.model.report import CheckResult
    from grader.model.target import LogLine
    from grader.runtimes.base import Runtime

_LINES = 12
_END = 40
"""Characters by which a check's requests are known: their ids hold the end of the check's own."""
_CHARACTERS = 1900
"""Of all lines together: exporters cut what is longer at its end, where the latest lines are."""
_BEFORE = 0.05
"""Seconds before a check's start that still count: clocks of containers tick a little apart."""


@dataclass(frozen=True)
class Seen:
    """What the parent knows of a check that failed: log lines, and who connected to its services."""

    log: str
    traffic: str = ""


@dataclass
class Witness:
    """Stands between a suite and its runtime: answers powers, and keeps what instances logged.

    `app` is the first instance.
    """

    runtime: Runtime
    app: Instance
    exercise: Exercise
    listen: Listener
    seen: dict[str, Seen] = field(default_factory=dict)
    _began: float = 0.0
    _others: list[Instance] = field(default_factory=list)
    _here: Instance | None = None
    _ids: list[str] = field(default_factory=list)

    def answer(self, power: str, args: dict[str, Any]) -> dict[str, Any]:
        """Answer one request of the suite's child. Raises `StoppedError`."""
        if power == "state":
            state = self.runtime.state(self.app.id)
            return asdict(state)
        reply = self.runtime.power(power, args)
        if power == "instance":
            self._here = Instance.from_json(reply)
            self._others.append(self._here)
        return reply

    def hear(self, event: Event) -> None:
        """Pass an event on; around each check, remember when it began and what was seen if it failed."""
        if isinstance(event, CheckStarted):
            self._began, self._here = time.time() - _BEFORE, None
            self._ids.append(event.check.id[-_END:])
        elif isinstance(event, CheckEnded) and event.result.outcome is Outcome.FAIL:
            self.seen[event.result.id] = self._moment(event.result)
        self.listen(event)

    def attached(self, result: CheckResult) -> CheckResult:
        """Return the result with what was seen, its log only where it has none of its own."""
        seen, evidence = self.seen.get(result.id), result.evidence
        if seen is None:
            return result
        actual = "\n".join(filter(None, (evidence.actual, seen.traffic)))
        return replace(result, evidence=replace(evidence, actual=actual, log=evidence.log or seen.log))

    def _moment(self, result: CheckResult) -> Seen:
        instances = (self.app, *self._others)
        lines = [line for one in instances for line in self.runtime.logs(one.id, self._began)]
        lines.sort(key=lambda line: line.at)
        named = [line for line in lines if _of(line, result.evidence.request_ids[-1:])]
        if result.evidence.waited:
            # Beside the last request, what belongs to none: such lines may be about what did not come.
            free = [line for line in lines if line in named or not any(id_ in line.text for id_ in self._ids)]
            return Seen("\n".join((_told(free), *self._silent(free))).strip(), self._traffic())
        return Seen(_told(named or lines))

    def _silent(self, lines: list[LogLine]) -> list[str]:
        """Return a line for each process that printed nothing, unless the check chose what runs."""
        if self._here is not None:
            return []
        spoke = {line.process for line in lines} | {WEB}
        silent = [name for name in self.exercise.app.processes if name not in spoke]
        return [f"[{name}] printed nothing meanwhile" for name in silent]

    def _traffic(self) -> str:
        """Return a line for each service that nothing has connected to, of the instance the check is about.

        Stubs of the bench are left out: what they were sent is what checks themselves tell.
        """
        one = self._here or self.app
        told = (self._never_reached(one, name) for name in self.exercise.faults if not _is_stub(one, name))
        return "\n".join(filter(None, told))

    def _never_reached(self, instance: Instance, name: str) -> str:
        try:
            seen = self.runtime.power("fault", {"instance": instance.id, "dependency": name})
        except StoppedError:  # it explains, no more: the check's own verdict stands without it
            return ""
        if seen["connections"]:
            return ""
        return f"nothing has connected to {name} so far{instance.leading_to(name)}"


def _is_stub(instance: Instance, name: str) -> bool:
    return instance.services.get(name, "").startswith("http:")


def _of(line: LogLine, requests: Sequence[str]) -> bool:
    """Tell whether a line names one of the requests, and not another whose id begins alike."""
    return any(re.search(rf"{re.escape(id_)}(?!\d)", line.text) for id_ in requests)


def _told(lines: list[LogLine]) -> str:
    """Return the last lines, as many as people are shown."""
    told: list[str] = []
    left = _CHARACTERS
    for text in reversed(folded([str(line)[:_CHARACTERS] for line in lines])[-_LINES:]):
        left -= len(text)
        if left < 0 and told:
            break
        told.append(text)
    return "\n".join(reversed(told))
