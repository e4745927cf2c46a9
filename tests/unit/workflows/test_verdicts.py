from __future__ import annotations

import pytest

from grader.model.outcome import Outcome, Tier
from grader.model.problem import Blame
from grader.workflows import verdicts
from tests.unit.workflows.samples import check, line, part, problem, result

PASS, FAIL, BLOCKED, ERROR = Outcome.PASS, Outcome.FAIL, Outcome.BLOCKED, Outcome.ERROR


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([PASS, PASS], PASS),
        ([PASS, BLOCKED], BLOCKED),
        ([BLOCKED, FAIL, PASS], FAIL),
        ([FAIL, ERROR, BLOCKED], ERROR),
        ([], ERROR),
    ],
)
def test_line_takes_the_worst_core_outcome(outcomes: list[Outcome], expected: Outcome) -> None:
    """Error comes before fail before blocked before pass; no core check at all is an error."""
    results = [result(f"c{number}", outcome) for number, outcome in enumerate(outcomes)]

    assert verdicts.line_result(line(), results).outcome == expected


def test_line_is_not_held_back_by_stretch() -> None:
    """A failing stretch check costs the star and nothing else."""
    results = [result("core", PASS), result("star", FAIL, Tier.STRETCH), result("star2", PASS, Tier.STRETCH)]

    made = verdicts.line_result(line(), results)

    assert (made.outcome, made.stars_earned, made.stars_of, made.reason) == (PASS, 1, 2, "")


def test_line_gives_the_reason_of_its_worst_check() -> None:
    """The reason is that of the check that decided."""
    made = verdicts.line_result(line(), [result("b", BLOCKED), result("f", FAIL)])

    assert made.reason == "f is fail"


@pytest.mark.parametrize(
    ("lines", "checks", "expected"),
    [
        ([PASS], [], 0),
        ([PASS, FAIL], [], 1),
        ([PASS, BLOCKED], [], 5),
        ([FAIL, ERROR], [], 3),
        ([PASS], [result("star", FAIL, Tier.STRETCH)], 0),
        ([PASS], [result("star", ERROR, Tier.STRETCH)], 3),
        ([], [result("star", FAIL, Tier.STRETCH)], 1),
        ([], [result("one", PASS)], 0),
    ],
)
def test_exit_code_follows_the_outcomes(lines: list[Outcome], checks: list, expected: int) -> None:
    """Lines decide; a check asked for by its own id stands for itself; our errors always show."""
    rows = tuple(verdicts.line_result(line(), [result("x", outcome)]) for outcome in lines)

    assert verdicts.exit_code([part(lines=rows, checks=tuple(checks))]) == expected


@pytest.mark.parametrize(
    ("blame", "expected"),
    [(Blame.LEARNER, 1), (Blame.USAGE, 2), (Blame.OURS, 3), (Blame.BUSY, 4), (Blame.MISSING, 5)],
)
def test_exit_code_of_a_problem_is_its_blame(blame: Blame, expected: int) -> None:
    """Where a run stopped, whose turn it is decides."""
    stopped = problem(blame)

    assert verdicts.exit_code([part(problem=stopped, lines=verdicts.halted([line()], stopped))]) == expected


@pytest.mark.parametrize(
    ("blame", "expected"),
    [
        (Blame.LEARNER, FAIL),
        (Blame.USAGE, FAIL),
        (Blame.OURS, ERROR),
        (Blame.BUSY, BLOCKED),
        (Blame.MISSING, BLOCKED),
    ],
)
def test_outcome_of_a_problem_agrees_with_its_exit_code(blame: Blame, expected: Outcome) -> None:
    """What cannot be had here is blocked, not failed."""
    stopped = problem(blame)

    assert verdicts.outcome_of([part(problem=stopped)]) == expected


def test_exit_code_of_several_is_the_most_serious() -> None:
    """What one exercise lacks does not hide that another fails."""
    failed = part(lines=(verdicts.line_result(line(), [result("x", FAIL)]),))
    lacking = part(problem=problem(Blame.MISSING))

    assert [verdicts.exit_code(parts) for parts in ([lacking], [lacking, failed], [failed, lacking], [])] == [
        5,
        1,
        1,
        3,
    ]


def test_halted_lines_are_blocked_by_the_learners_problem() -> None:
    """A service that does not start fails no line: nothing was proved either way, so no tick is lost."""
    (made,) = verdicts.halted([line(check("a", Tier.STRETCH))], problem(Blame.LEARNER))

    assert (made.outcome, made.reason, made.stars_of) == (BLOCKED, "It never listened.", 1)


def test_halted_lines_are_errors_where_we_are_at_fault() -> None:
    """Our own fault never looks like the learner's."""
    (made,) = verdicts.halted([line()], problem(Blame.OURS))

    assert made.outcome == ERROR
