"""What must come of grading a solution, a starter, a mutant or a variant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.model.outcome import Outcome, Tier

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from grader.model.report import CheckResult, ExerciseReport


def all_pass(part: ExerciseReport) -> str:
    """Complain unless every check passes, core and stretch."""
    return _stopped(part) or _listed(
        "these checks do not pass", [c for c in _all(part) if c.outcome is not Outcome.PASS]
    )


def core_passes(part: ExerciseReport) -> str:
    """Complain unless every core check passes, and no stretch check is an error."""
    wrong = [
        c
        for c in _all(part)
        if c.outcome is Outcome.ERROR or (c.tier is Tier.CORE and c.outcome is not Outcome.PASS)
    ]
    return _stopped(part) or _listed("these core checks do not pass", wrong)


def no_line_passes(part: ExerciseReport) -> str:
    """Complain if the app does not run, a line passes, a gate does not, or anything is an error."""
    passing = [line.id for line in part.lines if line.outcome is Outcome.PASS]
    if passing:
        return f"these lines pass without any work: {', '.join(passing)}"
    broken = [c for c in part.regressions if c.outcome is not Outcome.PASS]
    return _stopped(part) or _errors(part) or _listed("it breaks the phases below", broken)


def dies_of(expected: Sequence[str]) -> Callable[[ExerciseReport], str]:
    """Complain unless each expected check fails, no check of another line does, and none is an error."""
    lines = {id_.rpartition(".")[0] for id_ in expected}

    def judge(part: ExerciseReport) -> str:
        failed = {c.id for c in _all(part) if c.outcome is Outcome.FAIL}
        survived = [id_ for id_ in expected if id_ not in failed]
        if survived and not part.problem:
            return f"survived {', '.join(survived)}"
        strays = [c for c in _all(part) if c.outcome is Outcome.FAIL and c.line not in lines]
        return _stopped(part) or _errors(part) or _listed("checks of other lines fail", strays)

    return judge


def _all(part: ExerciseReport) -> tuple[CheckResult, ...]:
    return (*part.regressions, *part.checks)


def _stopped(part: ExerciseReport) -> str:
    if part.problem is None:
        return ""
    return f"{part.problem.stage}: {part.problem.message} {part.problem.log}".strip()


def _errors(part: ExerciseReport) -> str:
    return _listed("these checks are errors", [c for c in _all(part) if c.outcome is Outcome.ERROR])


def _listed(complaint: str, checks: Sequence[CheckResult]) -> str:
    if not checks:
        return ""
    shown = "; ".join(f"{c.id} ({c.outcome}: {c.reason})" for c in checks[:8])
    more = f"; and {len(checks) - 8} more" if len(checks) > 8 else ""  # noqa: PLR2004 - as many as shown
    return f"{complaint}: {shown}{more}"
