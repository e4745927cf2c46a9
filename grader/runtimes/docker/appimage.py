"""The app's image: what must be there before any engine is asked, and what a failed build means."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from grader.model.problem import Blame, StoppedError, stopped
from grader.runtimes.npm import install_failed
from grader.runtimes.package import read_package, read_procfile
from grader.runtimes.text import tail

from . import dockerfiles, names
from .images import Recipe, digest

if TYPE_CHECKING:
    from pathlib import Path

    from grader.runtimes.base import AppSource

    from .builder import BuildFailedError

MANIFEST, LOCK, SETTINGS = "package.json", "package-lock.json", ".npmrc"
_BUILDKIT = re.compile(r"^#\d+ (\d+\.\d+ )?")
LOG_LINES = 30
_RULE = "package.json and package-lock.json say what your app is made of; commit both"


def check_source(root: Path) -> None:
    """Raise `StoppedError` (the learner's) for an app that cannot be built whoever tries."""
    if read_package(root) is None:
        if read_procfile(root) is None:
            remedy = f"`npm init -y`; {_RULE}. An app that needs no npm has a Procfile"
            raise _incomplete("there is no package.json (nor a Procfile) in the app's folder", remedy)
        return
    if not (root / LOCK).is_file():
        raise _incomplete("there is no package-lock.json in the app's folder", f"`npm install`; {_RULE}")
    try:
        json.loads((root / LOCK).read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        remedy = "`rm package-lock.json && npm install` makes a new one"
        raise _incomplete(f"package-lock.json is not valid JSON: {error}", remedy) from error


def recipe(source: AppSource, base: str, *, cache_mount: bool) -> Recipe:
    """Return what the app's image is made of."""
    npm = (MANIFEST, LOCK, SETTINGS) if (source.root / MANIFEST).is_file() else ()
    files = [name for name in npm if (source.root / name).is_file()]
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
    if "npm ci" not in error.step:
        log = tail("\n".join(error.lines), LOG_LINES)
        return stopped(
            Blame.OURS, "build", f"the app's image could not be built: {error.why}", "`docker info`", log
        )
    said = "\n".join(map(_bare, error.lines))
    return install_failed(said, seconds, timed_out="not done within" in error.why)


def _bare(line: str) -> str:
    """Return a line as npm printed it, without BuildKit's number and time."""
    return _BUILDKIT.sub("", line, count=1)


def _incomplete(message: str, remedy: str) -> StoppedError:
    return stopped(Blame.LEARNER, "build", f"build failed: {message}", remedy)
