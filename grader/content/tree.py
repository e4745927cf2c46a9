"""Folders as data: what is in one, within limits and without following or opening anything.

Everything is decided from `lstat` first; only a plan that was accepted is then read.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.content.complaints import printable
from grader.model.problem import Blame, stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from grader.model.problem import StoppedError

MIB = 1024 * 1024
MAX_ENTRIES = 20_000
MAX_TOTAL = 200 * MIB
MAX_FILE = 50 * MIB
MAX_DEPTH = 64
STAGE = "snapshot"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing in a folder: `path` is relative, `kind` one of `file`, `link`, `folder`."""

    path: str
    kind: str
    size: int = 0
    executable: bool = False
    target: str = ""


def scan(root: Path, skip: Callable[[str], bool]) -> tuple[Entry, ...]:
    """Return what `root` holds, sorted by path; `skip` is asked for every relative path.

    Raises `StoppedError` (learner, stage `snapshot`) for links that leave the folder, FIFOs, sockets and
    devices, and for more than the limits of this module.
    """
    found: list[Entry] = []
    seen: Counter[str] = Counter()
    total = 0
    for entry in _walk(root, "", 1, skip):
        seen[entry.path.partition("/")[0]] += 1
        total += entry.size
        found.append(entry)
        if len(found) > MAX_ENTRIES:
            most = printable(seen.most_common(1)[0][0])
            raise _refused(f"more than {MAX_ENTRIES} files, most of them in {most}", "Move them out.")
        if total > MAX_TOTAL:
            raise _refused(f"more than {MAX_TOTAL // MIB} MiB", "Move data and build output out.")
    return tuple(sorted(found, key=lambda entry: os.fsencode(entry.path)))


def copy(entries: Iterable[tuple[Path, Entry]], destination: Path) -> str:
    """Copy entries, each from the root it was found in, and return the digest of the copy.

    They come sorted, as `scan` gives them. The digest is the SHA-256 over path, kind, x bit and bytes of
    each. Raises `StoppedError` (stage `snapshot`): learner, for what cannot be read or changed meanwhile;
    ours, when the copy cannot be written.
    """
    sha = hashlib.sha256()
    try:
        destination.mkdir(parents=True, exist_ok=True)
        for root, entry in entries:
            content = _content(root, entry)
            _put(entry, content, destination / entry.path)
            sha.update(_head(entry, len(content)) + content)
    except OSError as error:
        message = f"The private copy of the app could not be written: {error.strerror or error}."
        raise stopped(Blame.OURS, STAGE, message, "Make room on the disk and grade again.") from error
    return sha.hexdigest()


def digest(root: Path, skip: Callable[[str], bool]) -> str:
    """Return the digest that a copy of `root` would have. Raises `StoppedError` as `scan` does."""
    sha = hashlib.sha256()
    for entry in scan(root, skip):
        content = _content(root, entry)
        sha.update(_head(entry, len(content)) + content)
    return sha.hexdigest()


def _content(root: Path, entry: Entry) -> bytes:
    if entry.kind == "file":
        return _bytes(root / entry.path, entry.path)
    return os.fsencode(entry.target)


def _put(entry: Entry, content: bytes, target: Path) -> None:
    if entry.kind == "folder":
        target.mkdir()
    elif entry.kind == "link":
        target.symlink_to(entry.target)
    else:
        with target.open("xb") as stream:
            stream.write(content)
        target.chmod(0o755 if entry.executable else 0o644)


def _head(entry: Entry, size: int) -> bytes:
    # Lengths before contents: no two different folders run together into the same bytes.
    path = os.fsencode(entry.path)
    return f"{entry.kind} {int(entry.executable)} {len(path)} {size}\n".encode() + path


def _walk(root: Path, folder: str, depth: int, skip: Callable[[str], bool]) -> Iterator[Entry]:
    if depth > MAX_DEPTH:
        raise _refused(f"folders more than {MAX_DEPTH} deep, as {printable(folder)[:200]}", "Flatten it.")
    below: list[str] = []
    try:
        with os.scandir(root / folder) as items:
            for item in items:
                path = f"{folder}/{item.name}" if folder else item.name
                if skip(path):
                    continue
                if item.is_dir(follow_symlinks=False):
                    below.append(path)
                    yield Entry(path=path, kind="folder")
                else:
                    yield _entry(root, path, item.stat(follow_symlinks=False))
    except OSError as error:
        raise _unreadable(folder or ".", error) from error
    # Only now, so that one handle is open at a time however deep it goes.
    for path in below:
        yield from _walk(root, path, depth + 1, skip)


def _entry(root: Path, path: str, found: os.stat_result) -> Entry:
    if stat.S_ISLNK(found.st_mode):
        return _link(root, path)
    if not stat.S_ISREG(found.st_mode):
        raise _refused(f"{printable(path)}, which is a FIFO, socket or device", "Remove it.")
    if found.st_size > MAX_FILE:
        size = found.st_size // MIB
        raise _refused(f"{printable(path)} of {size} MiB; {MAX_FILE // MIB} are allowed", "Move it out.")
    executable = bool(found.st_mode & stat.S_IXUSR)
    return Entry(path=path, kind="file", size=found.st_size, executable=executable)


def _link(root: Path, path: str) -> Entry:
    target = str((root / path).readlink())
    written = os.path.normpath(os.path.join(os.path.dirname(path), target))  # noqa: PTH118, PTH120
    # Both readings must stay inside: the words of the link, and where other links on its way lead.
    real = os.path.realpath(root / path)
    inside = os.path.realpath(root) + os.sep
    if target.startswith("/") or f"{written}/".startswith("../") or not (real + os.sep).startswith(inside):
        told = f"the link {printable(path)} to {printable(target)}, which leaves the folder"
        raise _refused(told, "Put the file itself in its place.")
    return Entry(path=path, kind="link", target=target)


def _bytes(path: Path, name: str) -> bytes:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as stream:
            regular = stat.S_ISREG(os.fstat(handle).st_mode)
            content = stream.read(MAX_FILE + 1) if regular else b""
    except OSError as error:
        raise _unreadable(name, error) from error
    if not regular or len(content) > MAX_FILE:
        raise _refused(f"{printable(name)}, which changed while it was copied", "Grade again.")
    return content


def _unreadable(name: str, error: OSError) -> StoppedError:
    told = f"{printable(name)}, which cannot be read: {error.strerror or error}"
    return _refused(told, f"Make it readable, or remove it: chmod -R u+rX {printable(name)}")


def _refused(what: str, remedy: str) -> StoppedError:
    return stopped(Blame.LEARNER, STAGE, f"The app's folder holds {what}.", remedy)
