"""A run as plain lines, for logs and pipes: one line at each step's start and end and for each check.

A check blocked by another has none: the board counts them, and one red line is worth more than forty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.text import Text

from grader.exporters.console.parts import mark
from grader.exporters.printable import one_line
from grader.exporters.words import count, duration
from grader.model.events import CheckEnded, ChecksCollected, RunStarted, StepEnded, StepStarted
from grader.model.outcome import Outcome

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console

    from grader.model.events import Event
    from grader.model.report import CheckResult


class PlainRun:
    """A `LiveView` that only ever adds lines."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def __enter__(self) -> Self:
        """Nothing to set up."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to put back."""

    def __call__(self, event: Event) -> None:
        """Print the event's line, if it has one."""
        if line := line_of(event):
            self._console.print(line, soft_wrap=True)


def line_of(event: Event) -> Text | None:
    """Return the line that tells an event; check starts and a step's own output have none."""
    match event:
        case RunStarted():
            return _start(event)
        case StepStarted(name=name):
            return Text(f"▸ {one_line(name)}")
        case StepEnded():
            return ended_step(event)
        case ChecksCollected(checks=checks):
            return Text(f"▸ {count(len(checks), 'check')}")
        case CheckEnded(result=result) if not result.blocked_by:
            return _check(result)
        case _:
            return None


def ended_step(event: StepEnded) -> Text:
    """Return the line of a step that is over."""
    note = f" ({one_line(event.note)})" if event.note else ""
    details = (f"  {duration(event.seconds)}{note}", "quiet")
    return Text.assemble(("✓ ", "pass"), one_line(event.name), details)


def _start(event: RunStarted) -> Text:
    exercise = event.exercise
    facts = f"\n{one_line(event.target)} · {event.runtime} ({one_line(event.why)}) · seed {event.seed}"
    return Text.assemble((f"{exercise.id} · {one_line(exercise.title)}", "bold"), (facts, "quiet"))


def _check(result: CheckResult) -> Text:
    told = result.reason and result.outcome is not Outcome.PASS
    shown = f"  {one_line(result.reason, 200)}" if told else ""
    took = (f"  {duration(result.seconds)}", "quiet")
    return Text.assemble(mark(result.outcome), f" {result.id}{shown}", took)
