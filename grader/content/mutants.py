"""Mutants and variants: the reference solution made wrong, and made otherwise, on purpose.

A mutant is a unified diff under a header of `Description: one sentence` and `Fails: check ids`.
A variant is a whole app in its folder, or a `variant.patch` against the solution.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.content import layers, tree
from grader.content.complaints import content_error, nearest, read_text, shown
from grader.content.snapshot import APP_FILES, skipped
from grader.model.problem import Blame, stopped

if TYPE_CHECKING:
    from pathlib import Path

    from grader.content.catalog import Catalog
    from grader.model.exercise import Exercise

MUTANTS, VARIANTS, VARIANT_PATCH = "mutants", "variants", "variant.patch"
GIT_SECONDS = 30.0

_FIELD = re.compile(r"(Description|Fails):[ \t]*(.*)")


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One way to be wrong: `fails` are the full ids of the checks that must notice.

    They are the exercise's own, or gates of the phases below it.
    """

    name: str
    description: str
    fails: tuple[str, ...]
    patch: Path


@dataclass(frozen=True, kw_only=True)
class Variant:
    """Another correct app; `patch` is None where the folder `root` is the whole app."""

    name: str
    root: Path
    patch: Path | None


def mutants(catalog: Catalog, exercise: Exercise) -> tuple[Mutant, ...]:
    """Return the exercise's mutants by name. Raises `StoppedError` (usage) for a bad header."""
    known = {check.id for check in (*exercise.checks, *catalog.gates(exercise))}
    found = sorted((exercise.root / MUTANTS).glob("*.patch"))
    return tuple(_read(path, exercise, known) for path in found)


def variants(exercise: Exercise) -> tuple[Variant, ...]:
    """Return the exercise's variants by name. Raises `StoppedError` (usage) for an unfinished one."""
    folders = sorted(path for path in (exercise.root / VARIANTS).glob("*") if path.is_dir())
    return tuple(_variant(folder) for folder in folders)


def apply(mutant: Mutant, folder: Path, exercise: Exercise) -> str:
    """Change the private copy of the solution in `folder` as the mutant says; return its new SHA-256.

    Raises `StoppedError`: usage, when the solution has moved on; missing, without git.
    """
    remedy = f'Make the change again and record it: dev mutant {exercise.id} "{mutant.description}"'
    _git_apply(mutant.patch, folder, remedy)
    return tree.digest(folder, skipped)


def materialise_variant(catalog: Catalog, exercise: Exercise, variant: Variant, destination: Path) -> str:
    """Write a variant's whole app into `destination` (missing or empty); return its SHA-256.

    Raises `StoppedError` as `apply` does.
    """
    if variant.patch is None:
        return layers.materialise([variant.root], destination)
    layers.write_solution(catalog, exercise, destination)
    remedy = f"Make the change again and write it to {shown(variant.patch, 3)} with git diff."
    _git_apply(variant.patch, destination, remedy)
    return tree.digest(destination, skipped)


def _read(path: Path, exercise: Exercise, known: set[str]) -> Mutant:
    header = re.split(r"^(?:diff --git|---|index) ", read_text(path), maxsplit=1, flags=re.MULTILINE)[0]
    fields: dict[str, str] = {}
    name = ""
    for line in header.splitlines():
        match = _FIELD.fullmatch(line)
        name, words = (match[1], match[2]) if match else (name, line)
        fields[name] = f"{fields.get(name, '')} {words.strip()}".strip()
    if not fields.get("Description"):
        remedy = "Begin it with `Description: ` and one sentence on what is wrong."
        raise content_error(f"{shown(path)} has no description.", remedy)
    words = [word for word in re.split(r"[\s,]+", fields.get("Fails", "")) if word]
    fails = tuple(_check_id(path, word, exercise, known) for word in words)
    if not fails:
        raise content_error(f"{shown(path)} names no check.", "Add `Fails: ` and the ids that must fail.")
    return Mutant(name=path.stem, description=fields["Description"], fails=fails, patch=path)


def _check_id(path: Path, word: str, exercise: Exercise, known: set[str]) -> str:
    full = next((name for name in (word, f"{exercise.id}.{word}") if name in known), None)
    if full is None:
        remedy = nearest(word, known) or nearest(f"{exercise.id}.{word}", known)
        remedy = remedy or "Name its checks as `grade list` shows them, or @gate checks of phases below it."
        raise content_error(f"{shown(path)}: {word} is no check of {exercise.id}.", remedy)
    return full


def _variant(folder: Path) -> Variant:
    patch = folder / VARIANT_PATCH
    if patch.is_file():
        return Variant(name=folder.name, root=folder, patch=patch)
    if not any((folder / name).is_file() for name in APP_FILES):
        remedy = f"Put a whole app there ({', '.join(APP_FILES)}) or a {VARIANT_PATCH}."
        raise content_error(f"{shown(folder, 3)} is no variant.", remedy)
    return Variant(name=folder.name, root=folder, patch=None)


def _git_apply(patch: Path, folder: Path, remedy: str) -> None:
    command = ["git", "apply", "--whitespace=nowarn", str(patch.resolve())]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=git_environment(folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=GIT_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise stopped(Blame.MISSING, "content", "git is not installed.", "Install git.") from error
    except subprocess.TimeoutExpired as error:
        raise stopped(Blame.OURS, "content", f"git apply took over {GIT_SECONDS:.0f} s.") from error
    if done.returncode != 0:
        log = done.stderr.decode("utf-8", "replace")[-2000:]
        message = f"{shown(patch)} no longer fits the solution."
        raise stopped(Blame.USAGE, "content", message, remedy, log)


def git_environment(folder: Path) -> dict[str, str]:
    """Return the variables under which git reads no configuration and sees no repository around a folder."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "HOME": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        # Inside a repository git would quietly leave out what lies outside its current folder.
        "GIT_CEILING_DIRECTORIES": str(folder.resolve().parent),
    }
