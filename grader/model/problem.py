"""What stops a run before or beside its checks, in words a person can act on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Blame(StrEnum):
    """Whose turn it is to act; decides the outcome and the exit code."""

    LEARNER = "learner"
    USAGE = "usage"
    OURS = "ours"
    BUSY = "busy"
    MISSING = "missing"


EXIT_CODES = {Blame.LEARNER: 1, Blame.USAGE: 2, Blame.OURS: 3, Blame.BUSY: 4, Blame.MISSING: 5}


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One diagnosis.

    `stage` names the step that stopped (`snapshot`, `build`, `prepare`, `start`, `suite`, ...),
    `message` what is wrong and where, `remedy` the command or edit that mends it,
    `log` the last lines of whatever spoke last (already bounded).
    """

    blame: Blame
    stage: str
    message: str
    remedy: str = ""
    log: str = ""
    exercise: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the problem as plain JSON values."""
        return {**asdict(self), "blame": self.blame.value}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Problem:
        """Read back what `to_json` wrote."""
        return cls(**{**data, "blame": Blame(data["blame"])})


class StoppedError(Exception):
    """Raised where a run cannot go on; carries the `Problem` that says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def stopped(  # noqa: PLR0917 - reads as a sentence: blame, stage, message, remedy
    blame: Blame, stage: str, message: str, remedy: str = "", log: str = "", exercise: str = ""
) -> StoppedError:
    """Return the exception for a problem of these fields."""
    return StoppedError(
        Problem(blame=blame, stage=stage, message=message, remedy=remedy, log=log, exercise=exercise)
    )
