"""The app's image: what must be there before any engine is asked, and what a failed build means."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from grader.model.problem import Blame, StoppedError, stopped
from grader.runtimes.package import read_package
from grader.runtimes.text import tail

from . import dockerfiles, names
from .images import Recipe, digest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from grader.runtimes.base import AppSource

    from .builder import BuildFailedError

MANIFEST, LOCK, SETTINGS = "package.json", "package-lock.json", ".npmrc"
_NETWORK = re.compile(r"\b(ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH)\b")
LOG_LINES = 30
_RULE = "package.json and package-lock.json say what your app is made of; commit both"


def check_source(root: Path) -> None:
    """Raise `StoppedError` (the learner's) for an app that cannot be built whoever tries."""
    if read_package(root) is None:
        raise _incomplete("there is no package.json in the app's folder", f"`npm init -y`; {_RULE}")
    if not (root / LOCK).is_file():
        raise _incomplete("there is no package-lock.json in the app's folder", f"`npm install`; {_RULE}")
    try:
        json.loads((root / LOCK).read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        remedy = "`rm package-lock.json && npm install` makes a new one"
        raise _incomplete(f"package-lock.json is not valid JSON: {error}", remedy) from error


def recipe(source: AppSource, base: str, *, cache_mount: bool) -> Recipe:
    """Return what the app's image is made of."""
    files = [name for name in (MANIFEST, LOCK, SETTINGS) if (source.root / name).is_file()]
    # Where npm keeps its cache while it installs leaves no trace in the image.
    plain, used = (
        dockerfiles.render("app", base=base, files=files, cache_mount=mount) for mount in (False, cache_mount)
    )
    return Recipe(
        kind="app",
        base=base,
        key=f"{source.digest} {plain}",
        dockerfile=used,
        folders={"app": source.root},
        labels={names.LOCK: digest([source.root / name for name in files], source.root)[:24]},
    )


def build_failed(error: BuildFailedError, seconds: float) -> StoppedError:
    """Return whose fault a failed build is: npm's word against the app, or the engine's trouble."""
    log = tail("\n".join(_told(error.lines)), LOG_LINES)
    if "npm ci" not in error.step:
        return stopped(
            Blame.OURS, "build", f"the app's image could not be built: {error.why}", "`docker info`", log
        )
    if "not done within" in error.why:
        return stopped(
            Blame.LEARNER,
            "build",
            f"build failed: `npm ci` was not done within {seconds:g} s",
            "see what it waits for: `rm -rf node_modules && npm ci`",
            log,
        )
    if _NETWORK.search(log) and "npm error network" in log:
        return stopped(
            Blame.OURS,
            "build",
            "build failed: the npm registry cannot be reached from inside a build",
            "check the connection, and `npm ping`; then grade again",
            log,
        )
    return stopped(
        Blame.LEARNER,
        "build",
        "build failed: installing the dependencies (`npm ci`) failed",
        "`rm -rf node_modules && npm ci` shows the same; `npm install` mends a lockfile out of step",
        log,
    )


def _told(lines: Sequence[str]) -> Sequence[str]:
    """Return the lines that matter: npm's reason, which its help text would push out of sight, if any."""
    first = next((at for at, line in enumerate(lines) if "npm error" in line), None)
    return lines if first is None else lines[first : first + LOG_LINES]


def _incomplete(message: str, remedy: str) -> StoppedError:
    return stopped(Blame.LEARNER, "build", f"build failed: {message}", remedy)
