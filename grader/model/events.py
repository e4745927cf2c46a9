"""What happens during a run, as it happens; the console draws these live."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.model.exercise import Check, Exercise
    from grader.model.report import CheckResult


@dataclass(frozen=True, kw_only=True)
class RunStarted:
    """A run of one exercise begins; `target` and `runtime` as people call them, `why` the choice."""

    exercise: Exercise
    target: str
    runtime: str
    why: str
    seed: int


@dataclass(frozen=True, kw_only=True)
class StepStarted:
    """A long step begins: `installing dependencies`, `starting postgres`."""

    name: str


@dataclass(frozen=True, kw_only=True)
class StepOutput:
    """A line that the running step printed, already printable."""

    text: str


@dataclass(frozen=True, kw_only=True)
class StepEnded:
    """The step that began last is over; `note` says what was reused or skipped."""

    name: str
    seconds: float
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class ChecksCollected:
    """The suite knows what it will run."""

    checks: tuple[Check, ...]


@dataclass(frozen=True, kw_only=True)
class CheckStarted:
    """A check begins."""

    check: Check


@dataclass(frozen=True, kw_only=True)
class CheckEnded:
    """A check came out."""

    result: CheckResult


Event = RunStarted | StepStarted | StepOutput | StepEnded | ChecksCollected | CheckStarted | CheckEnded
Listener = Callable[[Event], None]
