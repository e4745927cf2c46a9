"""Ticks and unticks lines of progress.md: one byte each, in one atomic step, or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.content import progress_file
from grader.content.complaints import printable
from grader.content.progress_file import STAGE, problem
from grader.model.problem import Blame, stopped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from grader.model.problem import StoppedError

ATTEMPTS = 5
_WRITABLE = 0o222
_DEAD_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Edit:
    """What became of the changes asked for, by line id; `missing` have no checkbox in the file."""

    ticked: tuple[str, ...] = ()
    unticked: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def apply(path: Path, changes: Mapping[str, bool], titles: Mapping[str, str]) -> Edit:
    """Tick (True) or untick (False) lines by id; nothing but the bytes between their brackets changes.

    `titles` gives a line's words for where its id was lost. A change that somebody makes meanwhile is
    kept: the file is read again. Raises `StoppedError` (stage `progress`), nothing written: blame LEARNER
    for a file that cannot be edited as it is, OURS for a failing disk.
    """
    for _ in range(ATTEMPTS):
        data = progress_file.read(path)
        edited, edit = rewrite(path, data, changes, titles)
        if edited == data or _replace(path, data, edited):
            return edit
    raise problem(path, "is being changed by another program all the time", "Close it and grade again.")


def rewrite(
    path: Path, data: bytes, changes: Mapping[str, bool], titles: Mapping[str, str]
) -> tuple[bytes, Edit]:
    """Return the bytes with the changes made, and what was changed. Raises `StoppedError` (learner)."""
    progress = progress_file.parse(data)
    wanted = {line: titles.get(line, "") for line in changes}
    if broken := (*progress.broken, *progress.ambiguous(wanted)):
        remedy = f"Mend {printable(path.name)}, then grade again; the results of this run are kept."
        raise problem(path, f"was not changed: {'; '.join(broken)}", remedy)
    items = progress.find(wanted)
    edited = bytearray(data)
    changed = {line for line, item in items.items() if item.ticked != changes[line]}
    for line in changed:
        edited[items[line].offset] = ord("x" if changes[line] else " ")
    return bytes(edited), Edit(
        ticked=tuple(line for line in changes if line in changed and changes[line]),
        unticked=tuple(line for line in changes if line in changed and not changes[line]),
        unchanged=tuple(line for line in changes if line in items and line not in changed),
        missing=tuple(line for line in changes if line not in items),
    )


def _replace(path: Path, before: bytes, after: bytes) -> bool:
    """Put `after` in the place of `before`; return False when the file no longer holds `before`."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    _sweep(path)
    try:
        _write_new(temporary, after, _writable(path))
        if progress_file.read(path) != before:
            return False
        os.replace(temporary, path)  # noqa: PTH105 - tests make this very call fail
    except OSError as error:
        raise _failed(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    # The new content is in place; a folder that cannot be synced is no reason to say otherwise.
    with contextlib.suppress(OSError), _opened(path.parent, os.O_RDONLY) as folder:
        os.fsync(folder)
    return True


def _sweep(path: Path) -> None:
    """Remove what a writer left that was killed; one that lives is done within milliseconds."""
    for left in path.parent.glob(f".{path.name}.*.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - left.lstat().st_mtime > _DEAD_SECONDS:
                left.unlink()


def _writable(path: Path) -> os.stat_result:
    found = path.lstat()
    # A rename would succeed on a read-only file, and root may write anything: its owner said no.
    if not found.st_mode & _WRITABLE or not os.access(path, os.W_OK):
        raise problem(path, "is read-only and was not changed", f"chmod u+w {printable(path.name)}")
    return found


def _write_new(path: Path, data: bytes, like: os.stat_result) -> None:
    with _opened(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW) as handle:
        os.fchmod(handle, like.st_mode & 0o7777)
        # Under sudo the file must stay its owner's; where that is refused it is ours already.
        with contextlib.suppress(PermissionError):
            os.fchown(handle, like.st_uid, like.st_gid)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)


@contextlib.contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    handle = os.open(path, flags | os.O_CLOEXEC, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)


def _failed(path: Path, error: OSError) -> StoppedError:
    name = printable(path.name)
    return stopped(
        Blame.OURS,
        STAGE,
        f"{name} could not be written: {error.strerror or error}. It is unchanged.",
        f"Make room, or make the folder of {name} writable, and grade again; the results are kept.",
    )
