"""Mutants and variants say what they are, apply cleanly, or complain loudly."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from grader.content import layers, mutants, tree
from grader.content.catalog import Catalog
from grader.content.snapshot import skipped
from grader.model.problem import Blame, StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from grader.model.exercise import Exercise

DIFF = """diff --git a/src/app.js b/src/app.js
--- a/src/app.js
+++ b/src/app.js
@@ -1,3 +1,3 @@
 one
-two
+TWO
 three
"""
HEADER = "Description: Two is shouted.\nFails: items.lists, phase1.items.sorts\nFails: log-in.lists\n\n"


@pytest.fixture
def catalog(repository: Path, write: Callable[[Path, str], Path]) -> Catalog:
    solution = repository / "solutions" / "phase1-shop"
    write(solution / "package.json", "{}")
    write(solution / "src" / "app.js", "one\ntwo\nthree\n")
    write(repository / "phases" / "phase1-shop" / "mutants" / "shouts.patch", HEADER + DIFF)
    return Catalog(repository)


@pytest.fixture
def exercise(catalog: Catalog) -> Exercise:
    return catalog.exercise("phase1")


@pytest.fixture
def solution(catalog: Catalog, exercise: Exercise, tmp_path: Path) -> Path:
    layers.write_solution(catalog, exercise, tmp_path / "tree")
    return tmp_path / "tree"


def refusal(catalog: Catalog, exercise: Exercise, text: str) -> str:
    (exercise.root / "mutants" / "shouts.patch").write_text(text)
    with pytest.raises(StoppedError) as caught:
        mutants.mutants(catalog, exercise)
    return f"{caught.value.problem.message} {caught.value.problem.remedy}"


def test_mutants_have_description_and_full_ids(catalog: Catalog, exercise: Exercise) -> None:
    """Short ids are completed, several lists joined."""
    (mutant,) = mutants.mutants(catalog, exercise)
    assert (mutant.name, mutant.description) == ("shouts", "Two is shouted.")
    assert mutant.fails == ("phase1.items.lists", "phase1.items.sorts", "phase1.log-in.lists")


def test_mutant_header_may_go_over_lines(catalog: Catalog, exercise: Exercise) -> None:
    """A long sentence or list continues on the next line."""
    text = f"Description: Two is\n  shouted.\nFails: items.lists,\n  items.sorts\n{DIFF}"
    (exercise.root / "mutants" / "shouts.patch").write_text(text)
    (mutant,) = mutants.mutants(catalog, exercise)
    assert mutant.description == "Two is shouted."
    assert mutant.fails == ("phase1.items.lists", "phase1.items.sorts")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DIFF, "has no description"),
        (f"Description: Two.\n{DIFF}", "names no check"),
        (f"Description: Two.\nFails: items.list\n{DIFF}", "did you mean phase1.items.lists"),
        (f"Description: Two.\nFails: phase2.items.lists\n{DIFF}", "is no check of phase1"),
    ],
)
def test_mutant_header_is_checked(catalog: Catalog, exercise: Exercise, text: str, expected: str) -> None:
    """A mutant without sentence or with unknown checks is refused."""
    assert expected in refusal(catalog, exercise, text)


def test_apply_changes_the_copy(catalog: Catalog, exercise: Exercise, solution: Path) -> None:
    """The diff is applied and the digest is that of the result."""
    (mutant,) = mutants.mutants(catalog, exercise)
    before = tree.digest(solution, skipped)
    after = mutants.apply(mutant, solution, exercise)
    assert (solution / "src" / "app.js").read_text() == "one\nTWO\nthree\n"
    assert after == tree.digest(solution, skipped) != before


def test_apply_works_inside_a_repository(exercise: Exercise, tmp_path: Path, catalog: Catalog) -> None:
    """A copy that lies in somebody's repository is changed all the same, and their hooks stay silent."""
    outer = tmp_path / "outer"
    outer.mkdir()
    subprocess.run(["git", "init", "-q", str(outer)], check=True)
    with (outer / ".git" / "config").open("a") as config:
        config.write(f"[core]\n\tfsmonitor = touch {tmp_path}/ran\n[apply]\n\twhitespace = error-all\n")
    layers.write_solution(catalog, exercise, outer / "deep" / "tree")
    mutants.apply(mutants.mutants(catalog, exercise)[0], outer / "deep" / "tree", exercise)
    assert (outer / "deep" / "tree" / "src" / "app.js").read_text() == "one\nTWO\nthree\n"
    assert not (tmp_path / "ran").exists()


def test_apply_is_loud_about_drift(catalog: Catalog, exercise: Exercise, solution: Path) -> None:
    """A mutant of an older solution is refused whole, with the command that makes it again."""
    (solution / "src" / "app.js").write_text("one\n2\nthree\n")
    with pytest.raises(StoppedError, match="no longer fits") as caught:
        mutants.apply(mutants.mutants(catalog, exercise)[0], solution, exercise)
    assert caught.value.problem.blame is Blame.USAGE
    assert caught.value.problem.remedy.endswith('dev mutant phase1 "Two is shouted."')
    assert "src/app.js" in caught.value.problem.log
    assert (solution / "src" / "app.js").read_text() == "one\n2\nthree\n"


@pytest.mark.parametrize("diff", ["", DIFF.replace("src/app.js", "../outside.js")])
def test_apply_refuses_what_is_no_change_inside(
    catalog: Catalog, exercise: Exercise, solution: Path, diff: str
) -> None:
    """A patch without a diff, or one that leaves the copy, never passes for applied."""
    (solution.parent / "outside.js").write_text("one\ntwo\nthree\n")
    (exercise.root / "mutants" / "shouts.patch").write_text(HEADER + diff)
    with pytest.raises(StoppedError):
        mutants.apply(mutants.mutants(catalog, exercise)[0], solution, exercise)
    assert (solution.parent / "outside.js").read_text() == "one\ntwo\nthree\n"


def test_apply_tells_that_git_is_missing(
    catalog: Catalog, exercise: Exercise, solution: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without git the mutant is not silently skipped."""
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(StoppedError, match="git is not installed") as caught:
        mutants.apply(mutants.mutants(catalog, exercise)[0], solution, exercise)
    assert caught.value.problem.blame is Blame.MISSING


def test_variants_are_whole_or_diffs(catalog: Catalog, exercise: Exercise, tmp_path: Path) -> None:
    """A folder with a package.json is an app, one with a patch changes the solution."""
    for name in ("whole", "diff"):
        (exercise.root / "variants" / name).mkdir(parents=True)
    (exercise.root / "variants" / "whole" / "Procfile").write_text("web: run")
    (exercise.root / "variants" / "diff" / "variant.patch").write_text(DIFF)
    diff, whole = mutants.variants(exercise)
    for variant, name in ((diff, "src/app.js"), (whole, "Procfile")):
        digest = mutants.materialise_variant(catalog, exercise, variant, tmp_path / variant.name)
        assert digest == tree.digest(tmp_path / variant.name, skipped)
        assert (tmp_path / variant.name / name).exists()
    assert (tmp_path / "diff" / "src" / "app.js").read_text() == "one\nTWO\nthree\n"


def test_variants_that_are_neither_are_refused(exercise: Exercise) -> None:
    """An empty folder is no variant."""
    (exercise.root / "variants" / "x").mkdir(parents=True)
    with pytest.raises(StoppedError, match="is no variant"):
        mutants.variants(exercise)


def test_exercises_without_either_have_none(catalog: Catalog, exercise: Exercise) -> None:
    """Missing folders are empty lists."""
    (exercise.root / "mutants" / "shouts.patch").unlink()
    assert (mutants.mutants(catalog, exercise), mutants.variants(exercise)) == ((), ())
