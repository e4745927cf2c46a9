"""`dev new`: a new exercise runs, is graded and verified, and changes nothing but its own folders."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.content.blank import create
from grader.content.catalog import Catalog
from grader.model.problem import Blame, StoppedError
from tests import commands, stacked_repository

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]
WORDS = {"README.md": "Said.", "exercise.toml": "Said", "hints.md": "Said."}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A committed copy of this repository's content."""
    folder = tmp_path / "repository"
    skip = shutil.ignore_patterns("node_modules", "__pycache__", ".*_cache", "*.old-*")
    for name in ("phases", "starters", "solutions"):
        shutil.copytree(ROOT / name, folder / name, ignore=skip)
    for name in ("progress.md", "pyproject.toml", ".gitignore"):
        shutil.copy(ROOT / name, folder / name)
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        git(folder, *arguments)
    return folder


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """A small repository of three phases."""
    return stacked_repository.write(tmp_path / "repository")


def git(root: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.test"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout


def run(root: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return commands.run(program, *arguments, root=root, seconds=200)


def changed(root: Path) -> set[str]:
    return {line[3:] for line in git(root, "status", "--porcelain").splitlines()}


def add_mutant(root: Path, words: str, edit: Callable[[str], str]) -> None:
    assert run(root, "dev", "mutant", "section11", words).returncode == 0
    path = root / ".grade/mutants/section11-trial/src/features/trial.js"
    path.write_text(edit(path.read_text()))
    done = run(root, "dev", "mutant", "section11", words)
    assert done.returncode == 0, done.stdout + done.stderr


def write_prose(root: Path) -> None:
    """Write what only an author can."""
    for name, words in WORDS.items():
        path = root / "phases/section11-trial" / name
        path.write_text(re.sub(r"TODO\(author\).*?(?=\"|\n)", words, path.read_text()))


@pytest.mark.process
def test_new_section_is_filled_graded_and_verified(root: Path) -> None:
    """From nothing to an exercise that verifies; no file outside its own folders changes."""
    own = {f"{name}/section11-trial/" for name in ("phases", "solutions", "starters")}
    assert run(root, "dev", "new", "section11-trial").returncode == 0
    assert changed(root) == own

    unwritten = run(root, "dev", "verify", "section11")
    assert unwritten.returncode == 1
    assert [
        line for line in unwritten.stdout.splitlines() if line.startswith(("BAD", "phases", "section11"))
    ] == [
        "BAD  section11 content files  0.0 s",
        "phases/section11-trial/exercise.toml still says TODO(author) (line 6, 11): write it.",
        "phases/section11-trial/README.md still says TODO(author) (line 1, 5, 9, 15, 33, 37): write it.",
        "phases/section11-trial/hints.md still says TODO(author) (line 7, 8): write it.",
        "section11 has no archive of its starter, to reset it from; once it is done: dev pristine",
        'section11.trial has 1 of the 3 mutants a line needs: dev mutant section11 "what is wrong"',
    ]

    write_prose(root)
    add_mutant(root, "A greeting is a failure", lambda text: text.replace("200", "500"))
    add_mutant(
        root, "Names are shouted", lambda text: text.replace("get('name')", "get('name')?.toUpperCase()")
    )
    feature = "section11-trial/src/features/trial.js"
    shutil.copy(root / "solutions" / feature, root / "starters" / feature)
    graded = run(root, "grade", "section11", "--runtime", "process", "--json", "-")
    git(root, "checkout", "--", ".")
    assert changed(root) == own

    document = json.loads(graded.stdout)
    assert [(line["id"], line["outcome"], line["ticked"]) for line in document["lines"]] == [
        ("section11.trial", "pass", "no")
    ]
    assert "progress.md has no line for section11.trial" in graded.stderr

    starter = root / "starters" / feature
    starter.write_text(starter.read_text().replace("200", "501"))
    subprocess.run(
        [sys.executable, "-m", "grader.cli.dev", "pristine"], cwd=root, check=True, env=importable()
    )
    verified = run(root, "dev", "verify", "section11")
    assert verified.returncode == 0, verified.stdout
    assert "note: section11.trial is graded but never ticked" in verified.stdout
    assert changed(root) == {*own, "starters/.pristine/section11-trial.tar"}


def importable() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.mark.process
def test_new_phase_runs_on_the_app_below(root: Path) -> None:
    """A phase that stacks mounts its route in the app of the phase below, whose gates still pass."""
    name = "phase9-search"
    assert run(root, "dev", "new", name, "--stacks-on", "phase1").returncode == 0

    done = run(root, "grade", name, "--solution", "--runtime", "process", "--json", "-")

    document = json.loads(done.stdout)
    assert (done.returncode, [line["outcome"] for line in document["lines"]]) == (0, ["pass"])
    assert {check["outcome"] for check in document["regressions"]} == {"pass"}


def test_new_checks_keep_the_linters_rules(root: Path) -> None:
    """What is written passes `dev lint` as it is."""
    assert run(root, "dev", "new", "section11-trial", "--line", "one", "--line", "rate-limit").returncode == 0
    ruff = str(Path(sys.executable).with_name("ruff"))

    for arguments in (["check"], ["format", "--check"]):
        subprocess.run([ruff, *arguments, "--no-cache", "phases/section11-trial"], cwd=root, check=True)


def test_each_line_has_a_file_a_mutant_and_a_heading(catalog: Catalog) -> None:
    """Lines asked for are all there, by their own ids."""
    made = create(catalog, "section11-trial", ["one", "rate-limit"], None)

    exercise = Catalog(catalog.root).exercise("section11")
    assert [check.id for check in exercise.checks] == [
        "section11.one.greets-by-name",
        "section11.rate-limit.greets-by-name",
    ]
    assert "phases/section11-trial/mutants/rate-limit-greets-the-world.patch" in made.files
    assert "rateLimit" in made.files["solutions/section11-trial/src/app.js"]


def test_app_that_cannot_be_mounted_in_is_left_to_the_author(catalog: Catalog) -> None:
    """Where the app below is built otherwise, its author is told, and nothing of it is restated."""
    made = create(catalog, "phase4-more", [], None)

    assert made.left == ("Mount the routes of src/features/ in the app of phase3, in solution and starter.",)
    assert "solutions/phase4-more/src/app.js" not in made.files
    assert Catalog(catalog.root).exercise("phase4").stacks_on == "phase3"


@pytest.mark.parametrize(
    ("name", "lines", "stacks_on", "word"),
    [
        ("trial", [], None, "is no name for an exercise"),
        ("section11-Trial", [], None, "is no name for an exercise"),
        ("phase2-other", [], None, "There is a phase2 already: phase2-live"),
        ("phase02-other", [], None, "There is a phase2 already"),
        ("section11-trial", ["Rate limit"], None, "is no id for a line"),
        ("section11-trial", ["a", "a"], None, "is taken"),
        ("section11-trial", [], "phase1", "A section stands alone"),
        ("phase4-more", [], "phase9", "There is no exercise"),
        ("phase4-more", [], "phase4", "There is no exercise"),
    ],
)
def test_names_that_cannot_be_are_refused(
    catalog: Catalog, name: str, lines: list[str], stacks_on: str | None, word: str
) -> None:
    """Nothing is written for a name that is wrong or taken."""
    before = sorted(catalog.root.rglob("*"))

    with pytest.raises(StoppedError, match=re.escape(word)) as caught:
        create(catalog, name, lines, stacks_on)

    assert caught.value.problem.blame is Blame.USAGE
    assert sorted(catalog.root.rglob("*")) == before


def test_help_and_refusals_leave_by_the_usual_door(root: Path) -> None:
    """Help names an example; a taken number is a usage error without a traceback."""
    told, refused = run(root, "dev", "new", "--help"), run(root, "dev", "new", "phase1-again")

    assert (told.returncode, "dev new section11-trial" in told.stdout) == (0, True)
    assert (refused.returncode, "There is a phase1 already" in refused.stderr) == (2, True)
    assert "Traceback" not in refused.stderr


def test_folder_that_is_there_is_not_written_into(catalog: Catalog) -> None:
    """Somebody's solution of that name stays theirs."""
    (catalog.root / "solutions/section11-trial").mkdir()

    with pytest.raises(StoppedError, match="solutions/section11-trial exists already"):
        create(catalog, "section11-trial", [], None)
