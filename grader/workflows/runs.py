"""One private folder per run, locked while its owner lives; what dead owners left is swept."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

from grader.model.problem import Blame, stopped
from grader.runtimes import registry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from grader.workflows.places import Places


@contextmanager
def new_run(where: Places) -> Iterator[tuple[str, Path]]:
    """Make a run's id and folder, hold its lock, and remove the folder at the end."""
    run = secrets.token_hex(6)
    folder = where.runs / run
    folder.mkdir(mode=0o711)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield run, folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def sweep(where: Places) -> tuple[str, ...]:
    """Remove what runs left whose owner is gone; return their ids. A live run is never touched."""
    dead = [folder for folder in where.runs.iterdir() if folder.is_dir() and not _alive(folder)]
    if dead:
        registry.sweep(dead)
        for folder in dead:
            shutil.rmtree(folder, ignore_errors=True)
    return tuple(folder.name for folder in dead)


@contextmanager
def only_one(where: Places, target: Path) -> Iterator[None]:
    """Hold the lock of a learner's folder. Raises `StoppedError` (busy) when another run holds it."""
    with _lock_file(where, target) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _busy(target, lock) from None
        with suppress(OSError):  # on a full disk the lock holds all the same
            lock.truncate(0)
            os.write(lock.fileno(), str(os.getpid()).encode())
        yield


def _lock_file(where: Places, target: Path) -> IO[str]:
    path = where.state / "locks" / f"{target.name}.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+")
    except OSError as error:
        message = f"{path} cannot be made: {error.strerror or error}."
        raise stopped(Blame.OURS, "lock", message, "Make room, or remove what is in its place.") from error


def _busy(target: Path, lock: IO[str]) -> Exception:
    lock.seek(0)
    owner = lock.read().strip() or "unknown"
    return stopped(
        Blame.BUSY,
        "lock",
        f"Another run (process {owner}) is grading {target.name} right now.",
        "Wait until it is done, or stop it with Ctrl-C in its terminal.",
    )


def _alive(folder: Path) -> bool:
    try:
        with (folder / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False  # killed between making the folder and the lock, or half removed
    return False
