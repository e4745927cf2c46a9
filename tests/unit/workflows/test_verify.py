"""What `dev verify` tries, and how it judges what came of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from grader.content.catalog import Catalog
from grader.model.outcome import Outcome, Tier
from grader.model.problem import Blame, StoppedError
from grader.model.report import LineResult
from grader.model.verify import Subject
from grader.workflows.verify import verdict
from grader.workflows.verify.trials import closure, named, trials
from tests.unit.workflows.samples import check, part, problem, result

PASS, FAIL, BLOCKED, ERROR = Outcome.PASS, Outcome.FAIL, Outcome.BLOCKED, Outcome.ERROR
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def found():
    """Everything there is to try about phase1."""
    catalog = Catalog(ROOT)
    (selection,) = catalog.resolve(["phase1"])
    return selection.exercise, {
        full: list(trials(catalog, selection.exercise, times=3 if full else 1, every_check=full))
        for full in (False, True)
    }


def test_default_runs_what_a_mutant_claims(found) -> None:
    """The checks of its header and what they come after, and nothing else."""
    exercise, by_mode = found
    mutant = next(trial for trial in by_mode[False] if trial.subject is Subject.MUTANT)

    assert mutant.checks == closure(exercise, mutant.expected)
    assert set(mutant.expected) <= {one.id for one in mutant.checks} < {one.id for one in exercise.checks}


def test_full_runs_every_check(found) -> None:
    """Every check on every mutant, and the solution three times."""
    exercise, by_mode = found

    assert all(trial.checks == exercise.checks for trial in by_mode[True])
    assert [trial.subject for trial in by_mode[True]].count(Subject.SOLUTION) == 3
    assert [trial.subject for trial in by_mode[False]].count(Subject.SOLUTION) == 1


def test_sample_takes_one_mutant_a_line() -> None:
    """And no variant."""
    catalog = Catalog(ROOT)
    (selection,) = catalog.resolve(["phase1"])
    sample = list(trials(catalog, selection.exercise, sample=True))
    lines = [trial.expected[0].rpartition(".")[0] for trial in sample if trial.subject is Subject.MUTANT]

    assert sorted(lines) == sorted(line.id for line in selection.exercise.lines)
    assert Subject.VARIANT not in {trial.subject for trial in sample}


def test_named_takes_only_these(found) -> None:
    """One mutant, while its author works on it."""
    _, by_mode = found
    assert [trial.name for trial in named(by_mode[False], ["core-only"])] == ["core-only"]


def test_unknown_name_offers_the_nearest(found) -> None:
    """A typing error is told what was probably meant."""
    _, by_mode = found
    with pytest.raises(StoppedError) as caught:
        named(by_mode[False], ["core-onyl"])
    assert caught.value.problem.blame is Blame.USAGE
    assert "core-only" in caught.value.problem.remedy


def test_closure_follows_after() -> None:
    """What a check comes after runs too, in the order it is graded."""
    checks = (
        check("a"),
        check("b", after=("phase1.jwt.a",)),
        check("c", after=("phase1.jwt.b",)),
        check("d"),
    )
    exercise = SimpleNamespace(checks=checks)

    assert closure(exercise, ["phase1.jwt.c"]) == checks[:3]


@pytest.mark.parametrize(
    ("results", "complains"),
    [
        ([result("a", FAIL), result("b", PASS)], ""),
        ([result("a", FAIL), result("x", BLOCKED, line="phase1.crud")], ""),
        ([result("a", PASS)], "survived phase1.jwt.a"),
        ([result("a", BLOCKED)], "survived phase1.jwt.a"),
        ([], "survived phase1.jwt.a"),
        ([result("a", FAIL), result("x", FAIL, line="phase1.crud")], "checks of other lines fail"),
        ([result("a", FAIL), result("b", ERROR)], "errors"),
    ],
)
def test_mutant_has_to_die_of_what_it_names(results: list, complains: str) -> None:
    """Of each check in its header, of none of another line, and never by our fault."""
    complaint = verdict.dies_of(["phase1.jwt.a"])(part(checks=tuple(results)))

    assert (complains in complaint) if complains else not complaint


def test_mutant_that_does_not_run_proves_nothing() -> None:
    """A start-up problem kills no check."""
    stopped = part(problem=problem(Blame.LEARNER))
    assert "never listened" in verdict.dies_of(["phase1.jwt.a"])(stopped)


def test_solution_needs_every_star() -> None:
    """A failing stretch check is a complaint about the solution, not about a variant without stars."""
    starless = part(checks=(result("a", PASS), result("s", FAIL, Tier.STRETCH)))

    assert "phase1.jwt.s" in verdict.all_pass(starless)
    assert not verdict.core_passes(starless)
    assert "phase1.jwt.e" in verdict.core_passes(part(checks=(result("e", ERROR, Tier.STRETCH),)))


def test_starter_may_pass_no_line() -> None:
    """And must run."""
    ticked = LineResult(id="phase1.jwt", title="", outcome=PASS)
    open_line = LineResult(id="phase1.jwt", title="", outcome=FAIL)

    assert "phase1.jwt" in verdict.no_line_passes(part(lines=(ticked,)))
    assert not verdict.no_line_passes(part(lines=(open_line,)))
    assert "never listened" in verdict.no_line_passes(
        part(lines=(open_line,), problem=problem(Blame.LEARNER))
    )
