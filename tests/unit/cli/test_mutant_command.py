"""`dev mutant`: an edit of a copy of the solution becomes a mutant, and the solution stays as it was."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from grader.content import mutants, pristine, recording
from grader.content.catalog import Catalog
from tests import commands, stacked_repository

if TYPE_CHECKING:
    from pathlib import Path

WORDS = "Live is deaf to names"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    stacked_repository.write(folder)
    return folder


def mutant(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return commands.run("dev", "mutant", *arguments, root=root)


def prepared(root: Path, exercise: str = "phase2", words: str = WORDS) -> Path:
    done = mutant(root, exercise, words)
    assert done.returncode == 0, done.stderr
    assert f'dev mutant {exercise} "{words}"' in done.stdout
    name = next(name for name in stacked_repository.LINES if name.startswith(exercise))
    return root / ".grade" / "mutants" / name


def solutions(root: Path) -> bytes:
    return pristine.pack(root / "solutions")


def git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.test"]
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


@pytest.mark.process
def test_edit_becomes_a_patch_with_the_checks_that_fail(root: Path) -> None:
    """The header names what failed, gates of the phase below included; the solution is untouched."""
    before = solutions(root)
    folder = prepared(root)
    for line in ("live", "hello"):
        path = folder / "src" / f"{line}.js"
        path.write_text(path.read_text().replace("200", "500"))
    (folder / "node_modules" / "x").mkdir(parents=True)

    done = mutant(root, "phase2", WORDS)

    catalog = Catalog(root)
    (made,) = mutants.mutants(catalog, catalog.exercise("phase2"))
    assert done.returncode == 0, done.stderr
    assert (made.name, made.description) == ("live-is-deaf-to-names", f"{WORDS}.")
    assert made.fails == ("phase1.hello.answers", "phase2.live.answers", "phase2.live.names")
    assert "fails checks of 2 lines" in done.stdout
    assert (solutions(root) == before, folder.exists()) == (True, False)


@pytest.mark.process
def test_mutant_that_nobody_notices_is_said_loudly(root: Path) -> None:
    """A survivor is written nowhere; the edit stays, to be made worse or met by a check."""
    folder = prepared(root)
    (folder / "src" / "unused.js").write_text("export const x = 1;\n")

    done = mutant(root, "phase2", WORDS)

    assert (done.returncode, "SURVIVED: 3 checks ran" in done.stdout) == (1, True)
    assert not (root / "phases/phase2-live/mutants").exists()
    assert (folder / "src" / "unused.js").exists()


@pytest.mark.process
def test_mutant_that_does_not_run_is_none(root: Path) -> None:
    """A syntax error proves nothing about a check."""
    (prepared(root) / "src" / "live.js").write_text("export const (\n")

    done = mutant(root, "phase2", WORDS)

    assert (done.returncode, "It does not run, and a mutant must" in done.stdout) == (1, True)


def test_tree_without_an_edit_is_refused(root: Path) -> None:
    """The second call wants something made wrong."""
    prepared(root)

    done = mutant(root, "phase2", WORDS)

    assert (done.returncode, "Nothing is edited" in done.stderr) == (2, True)


def test_taken_name_is_refused_before_the_run(root: Path) -> None:
    """No mutant is overwritten."""
    folder = prepared(root)
    (folder / "src" / "live.js").write_text("")
    taken = root / "phases/phase2-live/mutants/live-is-deaf-to-names.patch"
    taken.parent.mkdir()
    taken.write_text("x")

    done = mutant(root, "phase2", WORDS)

    assert (done.returncode, "--name NAME" in done.stderr, taken.read_text()) == (2, True, "x")


def test_uncommitted_solution_is_refused(root: Path) -> None:
    """A patch against what nobody else has fits nowhere; files git does not know are no matter."""
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "all")
    (root / "solutions/phase1-hello/src/new.js").write_text("")
    assert mutant(root, "phase2", WORDS, "--fresh").returncode == 0
    (root / "solutions/phase1-hello/src/hello.js").write_text("changed")

    done = mutant(root, "phase2", WORDS, "--fresh")

    assert done.returncode == 2
    assert "not committed: solutions/phase1-hello/src/hello.js" in done.stderr


def test_solution_that_moved_on_is_told(root: Path) -> None:
    """An edit of an older solution is no mutant of the new one."""
    prepared(root)
    (root / "solutions/phase1-hello/src/hello.js").write_text("moved on")

    done = mutant(root, "phase2", WORDS)

    assert (done.returncode, "--fresh" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["phase7"], "There is no exercise"),
        (["phase2.live.names"], "is a check"),
        (["phase2", "x", "--colour"], "unrecognized arguments"),
    ],
)
def test_wrong_arguments_are_told(root: Path, arguments: list[str], word: str) -> None:
    """Unknown exercises, single checks and options are usage errors without a traceback."""
    done = mutant(root, *arguments)

    assert (done.returncode, word in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_help_tells_the_two_steps(root: Path) -> None:
    """Who reads the help knows what to do."""
    done = mutant(root, "--help")

    assert (done.returncode, "work tree" in done.stdout) == (0, True)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Tokens are never verified.", "tokens-are-never-verified"),
        ("ROLE_TTL_S is ignored, and 'admin' wins", "role-ttl-s-is-ignored-and-admin-wins"),
        ("a" * 60 + " b", "a" * 50),
        ("word " * 20, "word-word-word-word-word-word-word-word-word-word"),
    ],
)
def test_slug_is_made_of_the_words(words: str, name: str) -> None:
    """A sentence becomes a file name of whole words."""
    assert recording.slug(words) == name
