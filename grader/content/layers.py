"""How starters and solutions stack: each holds what its exercise adds or replaces, later ones win."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from grader.content import pristine, tree
from grader.content.complaints import content_error, printable, shown
from grader.content.snapshot import MARKER, skipped
from grader.model.problem import Blame, stopped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grader.content.catalog import Catalog
    from grader.model.exercise import Exercise


def solution_layers(catalog: Catalog, exercise: Exercise) -> tuple[Path, ...]:
    """Return the folders that make the reference's app, earliest first.

    Raises `StoppedError` (usage) for one that is missing.
    """
    return tuple(_present(catalog.solution(item), "solution") for item in catalog.chain(exercise))


def starter_layers(catalog: Catalog, exercise: Exercise) -> tuple[Path, ...]:
    """Return what makes the delivered stubs runnable: the solutions below them, then the stubs.

    The stubs are the archive where there is one, since the folder is the learner's to change.
    Raises `StoppedError` (usage) for a layer that is missing.
    """
    below = [_present(catalog.solution(item), "solution") for item in catalog.chain(exercise)[:-1]]
    return (*below, stubs(catalog, exercise))


def stubs(catalog: Catalog, exercise: Exercise) -> Path:
    """Return the delivered starter alone: its archive, or its folder as long as none was made.

    Raises `StoppedError` (usage) when there is neither, or the folder is a started one.
    """
    archive, folder = pristine.path_of(catalog, exercise), catalog.starter(exercise)
    if archive.is_file():
        return archive
    if (folder / MARKER).exists():
        raise content_error(f"{shown(archive)} does not exist.", "Restore it with git.", exercise.id)
    return _present(folder, "starter")


def is_started(catalog: Catalog, exercise: Exercise) -> bool:
    """Tell whether the learner's folder is a complete app: always so where nothing lies below it."""
    return exercise.stacks_on is None or (catalog.starter(exercise) / MARKER).is_file()


def require_started(catalog: Catalog, exercise: Exercise) -> None:
    """Raise `StoppedError` (usage) with the command to start an exercise that is not started yet."""
    if not is_started(catalog, exercise):
        message = f"{exercise.id} builds on {exercise.stacks_on} and is not started yet."
        remedy = (
            f"Make its folder from your app so far: grade start {exercise.id}\n"
            f"Or from the reference: grade start {exercise.id} --from solution"
        )
        raise stopped(Blame.USAGE, "content", message, remedy, exercise=exercise.id)


def materialise(layers: Sequence[Path], destination: Path) -> str:
    """Write the stacked layers into `destination` (missing or empty) and return the SHA-256 of the result.

    A layer is a folder or an archive of one. The digest is that of a snapshot of the same files.
    Raises `StoppedError` where `destination` is taken or a layer cannot be read.
    """
    require_free(destination)
    with contextlib.ExitStack() as stack:
        merged: dict[str, tuple[Path, tree.Entry]] = {}
        for layer in layers:
            root = layer if layer.is_dir() else Path(stack.enter_context(tempfile.TemporaryDirectory()))
            if root is not layer:
                pristine.unpack(layer, root)
            for entry in tree.scan(root, skipped):
                _lay(merged, root, entry)
        ordered = sorted(merged, key=os.fsencode)
        return tree.copy([merged[path] for path in ordered], destination)


def write_solution(catalog: Catalog, exercise: Exercise, destination: Path) -> str:
    """Write the reference's whole app into a folder that is missing or empty; return its SHA-256."""
    return materialise(solution_layers(catalog, exercise), destination)


def require_free(destination: Path) -> None:
    """Raise `StoppedError` (usage) unless a folder is missing or empty."""
    taken = destination.is_symlink() or (destination.exists() and not destination.is_dir())
    if taken or (destination.is_dir() and any(destination.iterdir())):
        message = f"{printable(destination)} is not an empty folder."
        raise stopped(Blame.USAGE, "content", message, "Name a folder that does not exist yet.")


def _lay(merged: dict[str, tuple[Path, tree.Entry]], root: Path, entry: tree.Entry) -> None:
    """Put one entry over those below: a folder joins a folder, anything else takes the whole place."""
    before = merged.get(entry.path)
    if before and entry.kind != "folder" and before[1].kind == "folder":
        for path in [path for path in merged if path.startswith(f"{entry.path}/")]:
            del merged[path]
    merged[entry.path] = (root, entry)


def _present(folder: Path, what: str) -> Path:
    if not folder.is_dir():
        raise content_error(f"There is no {what} in {shown(folder, 1)}.", "Restore it with git, or write it.")
    return folder
