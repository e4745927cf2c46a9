"""Makes lines of checks, and one outcome and exit code of a whole report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grader.model.outcome import Outcome, Tick, Tier, combine
from grader.model.problem import EXIT_CODES, Blame
from grader.model.report import LineResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from grader.model.exercise import Line
    from grader.model.problem import Problem
    from grader.model.report import CheckResult, ExerciseReport

_EXIT = {Outcome.PASS: 0, Outcome.FAIL: 1, Outcome.ERROR: 3, Outcome.BLOCKED: 5}
_SEVERITY = (0, 5, 1, 2, 4, 3)
_STOPPED = {Blame.OURS: Outcome.ERROR, Blame.BUSY: Outcome.BLOCKED, Blame.MISSING: Outcome.BLOCKED}


def line_result(line: Line, results: Sequence[CheckResult], tick: Tick = Tick.NO) -> LineResult:
    """Return what a line came to over its core checks; its stretch checks only earn stars."""
    own = [result for result in results if result.line == line.id]
    core = [result for result in own if result.tier is Tier.CORE]
    stars = [result for result in own if result.tier is Tier.STRETCH]
    outcome = combine(result.outcome for result in core)
    worst = next((result for result in core if result.outcome is outcome), None)
    return LineResult(
        id=line.id,
        title=line.title,
        outcome=outcome,
        reason=worst.reason if worst is not None and outcome is not Outcome.PASS else "",
        stars_earned=sum(result.outcome is Outcome.PASS for result in stars),
        stars_of=len(stars),
        ticked=tick,
    )


def halted(lines: Iterable[Line], problem: Problem) -> tuple[LineResult, ...]:
    """Return the lines of a run that a problem stopped before its checks: blocked, or error if ours."""
    outcome = Outcome.ERROR if problem.blame is Blame.OURS else Outcome.BLOCKED
    return tuple(
        LineResult(
            id=line.id,
            title=line.title,
            outcome=outcome,
            reason=problem.message,
            stars_of=sum(check.tier is Tier.STRETCH for check in line.checks),
        )
        for line in lines
    )


def with_ticks(lines: Iterable[LineResult], ticks: Mapping[str, Tick]) -> tuple[LineResult, ...]:
    """Return the lines with what became of their checkboxes."""
    return tuple(replace(line, ticked=ticks.get(line.id, Tick.NO)) for line in lines)


def outcome_of(parts: Iterable[ExerciseReport]) -> Outcome:
    """Return the outcome of a whole run.

    Stretch checks count only where they show an error of ours: a star never holds anything back.
    """
    return combine(outcome for part in parts for outcome in _outcomes(part))


def outcome_of_problem(problem: Problem) -> Outcome:
    """Return what a run that a problem stopped came to."""
    return _STOPPED.get(problem.blame, Outcome.FAIL)


def exit_code(parts: Sequence[ExerciseReport]) -> int:
    """Return the command's exit code: the most serious of its parts', a problem's own code before others."""
    return max((_code(part) for part in parts), key=_SEVERITY.index, default=_EXIT[Outcome.ERROR])


def _code(part: ExerciseReport) -> int:
    return EXIT_CODES[part.problem.blame] if part.problem else _EXIT[combine(_outcomes(part))]


def _outcomes(part: ExerciseReport) -> list[Outcome]:
    if part.problem is not None:
        return [outcome_of_problem(part.problem)]
    in_lines = {line.id for line in part.lines}
    return [
        *(line.outcome for line in part.lines),
        # A check asked for by its own id stands for itself, whatever its tier.
        *(check.outcome for check in part.checks if check.line not in in_lines),
        *(check.outcome for check in part.checks if check.outcome is Outcome.ERROR),
        # A gate that could not be tried says nothing about this phase's work.
        *(c.outcome for c in part.regressions if c.outcome in {Outcome.FAIL, Outcome.ERROR}),
    ]
