"""A new mutant: an edit of a work tree becomes a patch against the stacked solution, with its header."""

from __future__ import annotations

import re
import subprocess
import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from grader.content import layers, mutants, snapshot
from grader.content.complaints import content_error, printable, shown
from grader.model.problem import Blame, stopped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grader.content.catalog import Catalog
    from grader.content.mutants import Mutant
    from grader.model.exercise import Exercise

WIDTH = 100
MAX_SLUG = 50


def slug(description: str) -> str:
    """Return a file name for a sentence: `Tokens are never verified.` is `tokens-are-never-verified`.

    Raises `StoppedError` (usage) for a sentence without a letter or digit.
    """
    words = re.findall(r"[a-z0-9]+", description.lower())
    if not words:
        raise content_error(
            f"{description!r} says nothing.", 'Say what is wrong: "Tokens are never verified."'
        )
    name = str(words[0])[:MAX_SLUG]
    for word in words[1:]:
        if len(name) + 1 + len(word) > MAX_SLUG:
            break
        name = f"{name}-{word}"
    return name


def path_of(exercise: Exercise, name: str) -> Path:
    """Return where a mutant of that name would be. Raises `StoppedError` (usage) for one that is taken."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise content_error(f"{name!r} is no name for a mutant.", "Use a-z, 0-9 and dashes: --name NAME")
    path = exercise.root / mutants.MUTANTS / f"{name}.patch"
    if path.exists():
        raise content_error(f"{shown(path)} exists already.", "Remove it, or give another name: --name NAME")
    return path


def uncommitted(catalog: Catalog, exercise: Exercise) -> tuple[str, ...]:
    """Return the solution's files that git knows and that were changed; none where there is no repository."""
    folders = [str(catalog.solution(item).relative_to(catalog.root)) for item in catalog.chain(exercise)]
    command = ["git", "status", "--porcelain", "--untracked-files=no", "-z", "--", *folders]
    try:
        done = subprocess.run(
            command, cwd=catalog.root, capture_output=True, timeout=mutants.GIT_SECONDS, check=False
        )
    except FileNotFoundError:
        return ()
    entries = done.stdout.decode("utf-8", "replace").split("\0")
    return tuple(printable(entry[3:]) for entry in entries if entry) if done.returncode == 0 else ()


def diff(catalog: Catalog, exercise: Exercise, edited: Path) -> str:
    """Return the patch that makes the folder `edited` of the solution; nothing if they are the same.

    What a snapshot leaves out (`node_modules`) is no part of it. Raises `StoppedError`.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before = layers.write_solution(catalog, exercise, folder / "a")
        after = snapshot.take(edited, folder / "b")
        if before == after:
            return ""
        patch = _git_diff(folder)
        _prove(exercise, patch, folder / "a", after)
    return patch


def write(path: Path, description: str, fails: Sequence[str], patch: str) -> None:
    """Write a mutant: its header, then the patch."""
    header = [f"Description: {description}", "Fails: " + " ".join(fails)]
    folded = [_fold(line) for line in header]
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([*folded, "", patch]), encoding="utf-8", newline="")


def _fold(line: str) -> str:
    return textwrap.fill(line, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _git_diff(folder: Path) -> str:
    command = ["git", "diff", "--no-index", "--no-prefix", "--no-color", "--no-ext-diff", "--no-renames"]
    try:
        done = subprocess.run(
            [*command, "--binary", "a", "b"],
            cwd=folder,
            env=mutants.git_environment(folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=mutants.GIT_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise stopped(Blame.MISSING, "content", "git is not installed.", "Install git.") from error
    if done.returncode not in {0, 1}:
        log = done.stderr.decode("utf-8", "replace")[-2000:]
        raise stopped(Blame.OURS, "content", "git diff failed.", "Report this with the lines above.", log)
    try:
        return done.stdout.decode("utf-8")
    except UnicodeDecodeError as error:
        raise content_error("The edit holds text that is not UTF-8.", "Save its files as UTF-8.") from error


def _prove(exercise: Exercise, patch: str, solution: Path, wanted: str) -> None:
    """Raise unless the patch makes of the solution just what was edited."""
    path = solution.with_name("trial.patch")
    path.write_text(patch, encoding="utf-8", newline="")
    trial: Mutant = mutants.Mutant(name="trial", description="", fails=(), patch=path)
    if mutants.apply(trial, solution, exercise) != wanted:
        message = "The edit is no patch: it changes more than files and their text (empty folders, links?)."
        raise content_error(message, "Change files only, or begin again: --fresh")


def solution_digest(catalog: Catalog, exercise: Exercise) -> str:
    """Return the SHA-256 of the stacked solution."""
    with tempfile.TemporaryDirectory() as name:
        return layers.write_solution(catalog, exercise, Path(name))
