"""Where a run stands, folded from its events."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from grader.exporters.printable import one_line
from grader.model.events import (
    CheckEnded,
    ChecksCollected,
    CheckStarted,
    StepEnded,
    StepOutput,
    StepStarted,
)

if TYPE_CHECKING:
    from grader.model.events import Event
    from grader.model.outcome import Outcome


class Progress:
    """The running step and what it last printed; per line the checks planned, done and running."""

    def __init__(self) -> None:
        self.step = ""
        self.since = 0.0
        self.output = ""
        self.planned: dict[str, int] = {}
        self.done: dict[str, list[Outcome]] = defaultdict(list)
        self.running: dict[str, str] = {}

    def take(self, event: Event, now: float) -> None:
        """Take one event in."""
        match event:
            case StepStarted(name=name):
                self.step, self.since, self.output = name, now, ""
            case StepOutput(text=text):
                self.output = one_line(text, 200)
            case StepEnded():
                self.step = ""
            case ChecksCollected(checks=checks):
                self.planned = dict(Counter(check.line for check in checks))
            case CheckStarted(check=check):
                self.running[check.line] = one_line(check.title, 120)
            case CheckEnded(result=result):
                self.done[result.line].append(result.outcome)
                self.running.pop(result.line, None)
