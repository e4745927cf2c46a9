"""What a person sees, recorded: `GRADE_RECORD=1 ./dev test tests/golden` records anew."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.golden.normalise import normalise

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROGRAMS = sorted(path.name for path in (HERE / "programs").iterdir())
EXIT_CODES = {"solution": 0}


def grade(*arguments: str) -> tuple[str, int]:
    """Return what `grade` printed on stdout and its exit code."""
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
    done = subprocess.run(
        [sys.executable, "-m", "grader.cli.grade", "phase1", "--no-tick", "--runtime", "process", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    return done.stdout, done.returncode


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
    text, code = grade("--target", f"tests/golden/programs/{name}", "--seed", "7")

    assert code == 1
    assert_recorded(name, text)


@pytest.mark.process
def test_starter_shows_the_first_thing_to_do() -> None:
    """The untouched starter fails every line and is told where to begin."""
    text, code = grade("--starter", "--seed", "7")

    assert code == 1
    assert_recorded("starter", text)


@pytest.mark.process
def test_solution_passes_everything() -> None:
    """The reference passes every line with all stars."""
    text, code = grade("--solution", "--seed", "7")

    assert code == 0
    assert_recorded("solution", text)
