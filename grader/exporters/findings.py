"""What a report comes down to: the failures in the order in which a person should read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.model.outcome import Outcome, Tier
from grader.model.report import LineResult

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grader.model.report import CheckResult, ExerciseReport


@dataclass(frozen=True, kw_only=True)
class Blockage:
    """One cause and all the checks that it kept from being tried.

    `by` is the check they wait for, or None when something else is missing, which `reason` then says.
    """

    by: CheckResult | None
    reason: str
    checks: tuple[CheckResult, ...]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """An exercise's results but the passes: `core` failures by line, in the roadmap's order.

    `ended` is the check in which a process other than `web` ended unasked: no fault of what it looks at.
    """

    ended: tuple[CheckResult, ...]
    core: tuple[tuple[LineResult, tuple[CheckResult, ...]], ...]
    regressions: tuple[CheckResult, ...]
    blocked: tuple[Blockage, ...]
    stretch: tuple[CheckResult, ...]
    errors: tuple[CheckResult, ...]


def findings(part: ExerciseReport) -> Findings:
    """Sort the results of one exercise. A check that was asked for by itself is told as a core one is."""
    failed = [check for check in _of(part.checks, Outcome.FAIL) if not check.ended]
    lost = [check for check in _of(part.regressions, Outcome.FAIL) if not check.ended]
    core = [check for check in failed if check.tier is Tier.CORE or not part.lines]
    by_line = ((line, tuple(check for check in core if check.line == line.id)) for line in _lines(part))
    return Findings(
        ended=tuple(check for check in (*part.regressions, *part.checks) if check.ended),
        core=tuple((line, checks) for line, checks in by_line if checks),
        regressions=tuple(lost),
        blocked=_blockages(part),
        stretch=tuple(check for check in failed if check not in core),
        errors=_of((*part.checks, *part.regressions), Outcome.ERROR),
    )


def _lines(part: ExerciseReport) -> tuple[LineResult, ...]:
    """Return the lines of a report, or those of its checks where no line was graded as a whole."""
    asked = dict.fromkeys(check.line for check in part.checks)
    return part.lines or tuple(LineResult(id=id_, title="", outcome=Outcome.FAIL) for id_ in asked)


def _of(checks: Iterable[CheckResult], outcome: Outcome) -> tuple[CheckResult, ...]:
    return tuple(check for check in checks if check.outcome is outcome)


def _blockages(part: ExerciseReport) -> tuple[Blockage, ...]:
    everything = (*part.checks, *part.regressions)
    by_id = {check.id: check for check in everything}
    causes: dict[str, list[CheckResult]] = {}
    for check in _of(everything, Outcome.BLOCKED):
        root = _root(check, by_id)
        causes.setdefault(root.reason if root.outcome is Outcome.BLOCKED else root.id, []).append(check)
    return tuple(
        Blockage(by=by_id.get(cause), reason=cause, checks=tuple(checks)) for cause, checks in causes.items()
    )


def _root(check: CheckResult, by_id: dict[str, CheckResult]) -> CheckResult:
    """Follow a blocked check to the first cause that is not blocked itself, or that names none."""
    seen = set()
    while check.outcome is Outcome.BLOCKED and check.blocked_by in by_id and check.id not in seen:
        seen.add(check.id)
        check = by_id[check.blocked_by]
    return check
