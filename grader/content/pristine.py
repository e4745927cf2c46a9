"""The starters as they were delivered: one archive each, since learners work in the starter's own folder.

An archive is plain data in the repository: it needs no git history and no network, and no commit of the
learner's can change it. The same files always give the same bytes, so that a test can hold each archive
against its starter.
"""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from grader.content import tree
from grader.content.catalog import STARTERS, Catalog, find_root
from grader.content.complaints import content_error, shown
from grader.content.snapshot import MARKER, skipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.model.exercise import Exercise

FOLDER = ".pristine"


def path_of(catalog: Catalog, exercise: Exercise) -> Path:
    """Return where the archive of an exercise's starter is, or would be."""
    return catalog.root / STARTERS / FOLDER / f"{exercise.name}.tar"


def write(catalog: Catalog, exercise: Exercise) -> Path:
    """Make the archive from the starter's folder as it is now: the author's step after changing one.

    Raises `StoppedError` (usage) for a started folder, which holds somebody's whole app.
    """
    if (catalog.starter(exercise) / MARKER).exists():
        message = f"{shown(catalog.starter(exercise), 1)} is a started one: it holds a whole app."
        raise content_error(message, f"Put the stubs back first: grade reset {exercise.id}", exercise.id)
    path = path_of(catalog, exercise)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pack(catalog.starter(exercise)))
    return path


def write_all() -> tuple[Path, ...]:
    """Make the archives of the repository around the current folder that are not their starters.

    Return their paths. A starter that is missing or started is left out.
    """
    catalog = Catalog(find_root(Path.cwd()))
    folders = [(exercise, catalog.starter(exercise)) for exercise in catalog.outlines()]
    return tuple(
        write(catalog, exercise)
        for exercise, folder in folders
        if folder.is_dir() and not (folder / MARKER).exists() and not matches(catalog, exercise)
    )


def require(catalog: Catalog, exercise: Exercise) -> Path:
    """Return the archive. Raises `StoppedError` (usage) when there is none."""
    path = path_of(catalog, exercise)
    if not path.is_file():
        message = f"There is no pristine copy of the starter of {exercise.id}: {shown(path)}."
        raise content_error(message, "Restore it with git; of a new exercise: dev pristine", exercise.id)
    return path


def matches(catalog: Catalog, exercise: Exercise) -> bool:
    """Tell whether the starter's folder still is what its archive holds."""
    path, folder = path_of(catalog, exercise), catalog.starter(exercise)
    return path.is_file() and folder.is_dir() and path.read_bytes() == pack(folder)


def pack(folder: Path, skip: Callable[[str], bool] = skipped) -> bytes:
    """Return the archive of a folder; no times, owners or order of the disk enter it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for entry in tree.scan(folder, skip):
            _add(archive, folder, entry)
    return buffer.getvalue()


def unpack(path: Path, destination: Path) -> None:
    """Write an archive's files into `destination`. Raises `StoppedError` (usage) for a damaged one."""
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                _extract(archive, member, destination)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise content_error(f"{shown(path)} cannot be unpacked: {error}.", "Restore it with git.") from error


def _add(archive: tarfile.TarFile, folder: Path, entry: tree.Entry) -> None:
    member = tarfile.TarInfo(entry.path)
    content = b""
    if entry.kind == "folder":
        member.type, member.mode = tarfile.DIRTYPE, 0o755
    elif entry.kind == "link":
        member.type, member.linkname = tarfile.SYMTYPE, entry.target
    else:
        content = (folder / entry.path).read_bytes()
        member.mode = 0o755 if entry.executable else 0o644
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, destination: Path) -> None:
    target = destination / member.name
    if os.path.normpath(member.name) != member.name or member.name.startswith(("/", "..")):
        raise tarfile.ReadError(f"it holds the path {member.name!r}")
    target.parent.mkdir(parents=True, exist_ok=True)
    if member.isdir():
        target.mkdir(exist_ok=True)
    elif member.issym():
        target.symlink_to(member.linkname)
    elif stream := archive.extractfile(member):
        target.write_bytes(stream.read())
        target.chmod(member.mode & 0o777)
