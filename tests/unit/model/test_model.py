"""The words every part speaks: they combine, and survive the way over a channel."""

from __future__ import annotations

import json
from itertools import permutations

import pytest

from grader.model.exercise import App, Check, Exercise, Line
from grader.model.outcome import Outcome, combine
from grader.model.problem import EXIT_CODES, Blame, Problem, stopped
from grader.model.target import Instance, Target
from grader.model.verify import Subject, VerifyResult


def test_worst_outcome_is_the_whole() -> None:
    """Error before fail before blocked before pass, in whatever order they came."""
    ranks = [Outcome.ERROR, Outcome.FAIL, Outcome.BLOCKED, Outcome.PASS]
    for order in permutations(ranks):
        for length in range(1, 5):
            assert combine(order[:length]) == min(order[:length], key=ranks.index)


def test_empty_whole_is_an_error() -> None:
    """Where nothing was proved, nothing passed."""
    assert combine([]) is Outcome.ERROR


def test_target_survives_the_channel() -> None:
    """What the parent says is what the child reads."""
    target = Target(
        exercise="phase1",
        runtime="process",
        app=Instance(id="a", url="http://127.0.0.1:1", services={"postgres": "url"}, env={"A": "\ud800\n"}),
        powers=frozenset({"stop", "kill"}),
        seed=2**63,
    )
    assert Target.from_json(json.loads(json.dumps(target.to_json()))) == target


@pytest.mark.parametrize("blame", Blame)
def test_problem_survives_the_channel(blame: Blame) -> None:
    """Each blame has its exit code and comes back as itself."""
    problem = stopped(blame, "start", "No.", "Do.", "log", "phase1").problem
    assert Problem.from_json(json.loads(json.dumps(problem.to_json()))) == problem
    assert EXIT_CODES[blame] in range(1, 6)


def test_checks_stand_in_the_run_order(tmp_path) -> None:
    """The order of grading is the manifest's, not the roadmap's."""
    lines = tuple(
        Line(id=f"x.{name}", title=name, brief=name, checks=(Check(id=f"x.{name}.c", line=name, function="f", title="t"),))
        for name in "abc"
    )  # fmt: skip
    exercise = Exercise(
        id="x", name="x", kind="section", title="X", root=tmp_path, lines=lines,
        run_order=("x.c", "x.a", "x.b"), app=App(),
    )  # fmt: skip
    assert [check.id for check in exercise.checks] == ["x.c.c", "x.a.c", "x.b.c"]


def test_verify_result_tells_killers_from_survivors() -> None:
    """A check that did not run, or was blocked, killed nothing."""
    checks = {"a": Outcome.FAIL, "b": Outcome.PASS, "c": Outcome.ERROR, "d": Outcome.BLOCKED}
    result = VerifyResult(
        exercise="x",
        subject=Subject.MUTANT,
        name="m",
        ok=False,
        checks=checks,
        expected=("a", "b", "c", "d", "e"),
    )
    assert result.killed_by == ("a",)
    assert result.survived == ("b", "c", "d", "e")
