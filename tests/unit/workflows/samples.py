"""Lines, checks and results for tests of workflows."""

from __future__ import annotations

from grader.model.exercise import Check, Line
from grader.model.outcome import Outcome, Tier
from grader.model.problem import Blame, Problem
from grader.model.report import CheckResult, ExerciseReport


def check(name: str, tier: Tier = Tier.CORE, after: tuple[str, ...] = ()) -> Check:
    """Return a check of phase1.jwt."""
    return Check(
        id=f"phase1.jwt.{name}",
        line="phase1.jwt",
        function=f"test_{name}",
        title=name,
        tier=tier,
        after=after,
    )


def result(name: str, outcome: Outcome, tier: Tier = Tier.CORE, line: str = "phase1.jwt") -> CheckResult:
    """Return the result of a check of that name."""
    reason = "" if outcome is Outcome.PASS else f"{name} is {outcome}"
    return CheckResult(id=f"{line}.{name}", line=line, tier=tier, title=name, outcome=outcome, reason=reason)


def line(*checks: Check) -> Line:
    """Return the line phase1.jwt with these checks."""
    return Line(id="phase1.jwt", title="Authentication (JWT)", brief="jwt", checks=checks)


def problem(blame: Blame) -> Problem:
    """Return a problem of that blame."""
    return Problem(blame=blame, stage="start", message="It never listened.", remedy="Listen.")


def part(**fields: object) -> ExerciseReport:
    """Return the part of a report that belongs to phase1."""
    return ExerciseReport(exercise="phase1", title="Basic REST API", brief="brief", **fields)  # type: ignore[arg-type]
