"""What a person sees, recorded: `GRADE_RECORD=1 ./dev test tests/golden` records anew."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.content import layers, mutants
from grader.content.catalog import Catalog
from tests.golden.normalise import normalise

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROGRAMS = sorted(path.name for path in (HERE / "programs").iterdir())
EXIT_CODES = {"solution": 0}


def grade(*arguments: str) -> tuple[str, int]:
    """Return what `grade` printed on stdout and its exit code."""
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
    done = subprocess.run(
        [sys.executable, "-m", "grader.cli.grade", *arguments, "--no-tick", "--runtime", "process"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    return done.stdout, done.returncode


@pytest.fixture
def work() -> Iterator[Path]:
    """A folder of one name everywhere: how long a path is decides what fits on a row."""
    folder = ROOT / ".grade" / "golden"
    shutil.rmtree(folder, ignore_errors=True)
    yield folder
    shutil.rmtree(folder)


def make_mutant(name: str, folder: Path) -> None:
    """Write the reference of phase 1 with one of its mutants applied."""
    catalog = Catalog(ROOT)
    (selection,) = catalog.resolve(["phase1"])
    exercise = selection.exercise
    layers.write_solution(catalog, exercise, folder)
    mutants.apply(
        next(one for one in mutants.mutants(catalog, exercise) if one.name == name), folder, exercise
    )


def assert_recorded(name: str, text: str) -> None:
    """Compare with the recorded transcript, or record it."""
    path = HERE / "transcripts" / f"{name}.txt"
    if os.environ.get("GRADE_RECORD"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(normalise(text), encoding="utf-8")
    assert normalise(text) == path.read_text(encoding="utf-8")


@pytest.mark.process
@pytest.mark.parametrize("name", PROGRAMS)
def test_broken_program_gets_one_diagnosis(name: str) -> None:
    """A program that cannot be graded is told why, once, and what mends it."""
    text, code = grade("phase1", "--target", f"tests/golden/programs/{name}", "--seed", "7")

    assert code == 1
    assert_recorded(name, text)


@pytest.mark.process
@pytest.mark.parametrize(
    ("mutant", "line"),
    [
        ("jwt-alg-from-the-token", "phase1.jwt"),
        ("crud-html-404", "phase1.crud"),
        ("roles-role-by-register", "phase1.roles"),
    ],
)
def test_mutant_is_told_what_is_wrong(mutant: str, line: str, work: Path) -> None:
    """A wrong app is shown the request, what was expected and what came."""
    make_mutant(mutant, work / mutant)

    text, code = grade(line, "--target", str((work / mutant).relative_to(ROOT)), "--seed", "7")

    assert code == 1
    assert_recorded(mutant, text)


@pytest.mark.process
def test_starter_shows_the_first_thing_to_do() -> None:
    """The untouched starter fails every line and is told where to begin."""
    text, code = grade("phase1", "--starter", "--seed", "7")

    assert code == 1
    assert_recorded("starter", text)


@pytest.mark.process
def test_solution_passes_everything() -> None:
    """The reference passes every line with all stars."""
    text, code = grade("phase1", "--solution", "--seed", "7")

    assert code == 0
    assert_recorded("solution", text)
