"""The table of `dev verify`."""

from __future__ import annotations

import io

from grader.exporters.console.verify import print_kill_matrix
from grader.exporters.kill_matrix import kill_matrix, unkilled
from grader.model.outcome import Outcome
from grader.model.verify import Subject, VerifyResult
from tests.unit.exporters.golden import assert_golden

PASSES = dict.fromkeys(("phase1.jwt.a", "phase1.jwt.b", "phase1.crud.c"), Outcome.PASS)


def result(subject: Subject, name: str, failing: tuple[str, ...] = (), **fields: object) -> VerifyResult:
    """A result whose checks pass but for these."""
    checks = PASSES | dict.fromkeys(failing, Outcome.FAIL)
    return VerifyResult(
        exercise="phase1", subject=subject, name=name, runtime="process", checks=checks, seconds=2.5, **fields
    )


RESULTS = (
    VerifyResult(
        exercise="phase1", subject=Subject.CONTENT, name="brief", ok=False, message="no heading | Contract"
    ),
    result(Subject.SOLUTION, "solution", ok=True),
    result(Subject.STARTER, "starter", tuple(PASSES), ok=True),
    result(Subject.MUTANT, "alg-none", ("phase1.jwt.a",), ok=True, expected=("phase1.jwt.a",)),
    result(
        Subject.MUTANT, "no-expiry", ("phase1.crud.c",), ok=False, expected=("phase1.jwt.a", "phase1.jwt.b")
    ),
    result(Subject.VARIANT, "fastify", ok=True),
)


def test_unkilled_checks_are_named() -> None:
    """A starter's failure proves nothing; only a mutant's does."""
    assert unkilled(RESULTS) == ("phase1.jwt.b",)


def test_without_mutants_nothing_is_unkilled() -> None:
    """A run of the solution alone says nothing about mutants."""
    assert unkilled(RESULTS[:3]) == ()


def test_survivors_are_known() -> None:
    """What should have failed and did not."""
    assert RESULTS[4].survived == ("phase1.jwt.a", "phase1.jwt.b")
    assert RESULTS[4].killed_by == ("phase1.crud.c",)


def test_sample_says_nothing_of_unkilled_checks() -> None:
    """The mutants that were left out may kill them."""
    assert "No mutant fails" in kill_matrix(RESULTS)
    assert "No mutant fails" not in kill_matrix(RESULTS, sampled=True)


def test_markdown() -> None:
    """Reads as plain text too."""
    assert_golden("kill_matrix.md", kill_matrix(RESULTS))


def test_console_prints_it() -> None:
    """At two widths."""
    for width in ("120", "40"):
        file = io.StringIO()
        print_kill_matrix(RESULTS, file, {"COLUMNS": width})
        assert_golden(f"kill_matrix_{width}.txt", file.getvalue())
