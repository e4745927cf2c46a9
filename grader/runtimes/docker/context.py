"""The tar that a build gets to see: ours, made of the snapshot, following no link."""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LEFT_OUT = frozenset({"node_modules", ".git", ".env", "progress.md"})
"""Names left out wherever they stand; what an ignore file of the learner's says does not matter."""


def pack(files: Mapping[str, bytes], folders: Mapping[str, Path]) -> IO[bytes]:
    """Return a tar of single files and of folders, by the names they have in it.

    Owners, times and modes are the same everywhere, so that the same content gives the same layers.
    """
    # A real file: the program that builds reads it as its standard input.
    target = tempfile.TemporaryFile(prefix="grader-", suffix=".tar")  # noqa: SIM115 - the caller closes it
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in sorted(files.items()):
            archive.addfile(_neutral(tarfile.TarInfo(name), len(data)), io.BytesIO(data))
        for prefix, root in sorted(folders.items()):
            for path in entries(root):
                _add(archive, path, f"{prefix}/{path.relative_to(root).as_posix()}")
    target.seek(0)
    return target


def entries(root: Path) -> Iterator[Path]:
    """Yield what belongs into a build, sorted: folders, regular files, links as links."""
    for folder, names, files in os.walk(root, followlinks=False):
        names[:] = sorted(name for name in names if name not in LEFT_OUT)
        for name in sorted((*names, *files)):
            if name not in LEFT_OUT:
                yield Path(folder, name)


def _add(archive: tarfile.TarFile, path: Path, name: str) -> None:
    info = archive.gettarinfo(path, name)
    if info is None or not (info.isreg() or info.isdir() or info.issym() or info.islnk()):
        return  # a socket, say
    if info.isdir() or info.issym():
        archive.addfile(_neutral(info, 0))
        return
    # A second name of a file is a file of its own here: its first name may be outside.
    info.type = tarfile.REGTYPE
    with path.open("rb") as file:
        archive.addfile(_neutral(info, path.stat().st_size), file)


def _neutral(info: tarfile.TarInfo, size: int) -> tarfile.TarInfo:
    info.size, info.mtime, info.uid, info.gid, info.uname, info.gname = size, 0, 0, 0, "", ""
    info.mode = 0o755 if info.isdir() or info.mode & 0o100 else 0o644
    return info
