"""Words and figures that several exporters share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.model.outcome import Outcome, Tick

if TYPE_CHECKING:
    from grader.exporters.findings import Blockage
    from grader.model.report import ExerciseReport

MARKS = {Outcome.PASS: "✓", Outcome.FAIL: "✗", Outcome.BLOCKED: "–", Outcome.ERROR: "!"}  # noqa: RUF001
TICKS = {Tick.NEW: "ticked", Tick.KEPT: "stays ticked", Tick.LOST: "was done, now fails", Tick.NO: ""}
NOT_YOUR_FAULT = "The grader or this machine is at fault, not your work."
_MINUTE = 60


def duration(seconds: float) -> str:
    """Return a time as people say it: `0.3 s`, `2 min 05 s`."""
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    return f"{minutes} min {rest:02d} s"


def count(number: int, noun: str) -> str:
    """Return `1 check`, `2 checks`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def again(part: ExerciseReport) -> str:
    """Return one sentence on the checks of earlier phases that were run again, nothing where none was."""
    outcomes = [check.outcome for check in part.regressions]
    if not outcomes:
        return ""
    kinds = [kind for kind in Outcome if kind in outcomes]
    told = ", ".join(f"{outcomes.count(kind)} {kind.value}" for kind in kinds)
    return f"Run again from earlier phases: {count(len(outcomes), 'check')}, {told}."


def label(title: str) -> str:
    """Return the short name that a roadmap line begins with, before its explanation."""
    return title.partition(" // ")[0].strip()


def blockage(block: Blockage) -> str:
    """Return one sentence for all the checks that one cause keeps from being tried."""
    number = len(block.checks)
    start = f"{count(number, 'check')} {'is' if number == 1 else 'are'} blocked"
    if block.by and block.by.ended:
        return f"{start}, since the process `{block.by.ended}` is gone"
    return (
        f"{start} by “{block.by.title.rstrip('.')}” ({block.by.id})"
        if block.by
        else f"{start}: {block.reason}"
    )
