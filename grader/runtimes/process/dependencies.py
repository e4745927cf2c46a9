"""Installs an app's npm packages once per lockfile, and links them into the run's copy."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.model.events import StepEnded, StepOutput, StepStarted
from grader.model.problem import Blame, StoppedError, stopped
from grader.runtimes.locks import locked
from grader.runtimes.npm import install_failed
from grader.runtimes.package import Package, read_package, read_procfile
from grader.runtimes.process import surroundings
from grader.runtimes.process.output import MAX_LINES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from grader.model.events import Listener
    from grader.runtimes.process.children import Child, Children
    from grader.runtimes.process.node import Node

STEP = "installing dependencies"
_INPUTS = ("package.json", "package-lock.json", ".npmrc")
_LIFECYCLE = {"preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare"}
_MAX_LINES_SHOWN = 400
_POLL = 0.05
_KEEP_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True)
class Installer:
    """Runs npm for one run, as one of its children."""

    children: Children
    node: Callable[[], Node]
    cache: Path
    home: Path
    emit: Listener
    seconds: float

    def install(self, root: Path) -> str:
        """Give the app its node_modules and return what was reused.

        Raises `StoppedError`: learner for a manifest, lockfile or install that fails, missing where the
        registry cannot be reached.
        """
        package = read_package(root)
        if package is None:
            return self._without_package(root)
        lock = _read_lock(root)
        modules = root / "node_modules"
        if _needs_own(package, lock):
            self._npm(root)
            return "installed in the run's own copy: the app has install scripts or local packages"
        home = self.cache / "dependencies" / _key(root, self.node().version)
        note = "reused" if (home / "node_modules").is_dir() else "installed"
        if note == "installed":
            with locked(home.with_name(f".{home.name}.lock")):
                if not (home / "node_modules").is_dir():
                    self._fill(root, home)
        os.utime(home)
        _replace_with_link(modules, home / "node_modules")
        return f"dependencies {note}"

    def _without_package(self, root: Path) -> str:
        if read_procfile(root) is None:
            raise _learner(
                "there is no package.json (nor a Procfile)",
                "run `npm init -y` and install what the app needs, or add a Procfile",
            )
        return "no package.json: nothing was installed"

    def _fill(self, root: Path, home: Path) -> None:
        """Install beside the entry and rename: one that is there is whole."""
        for dead in home.parent.glob(f".{home.name}-*"):
            shutil.rmtree(dead, ignore_errors=True)  # we hold the lock, so whoever made it was killed
        partial = home.with_name(f".{home.name}-{self.children.run}")
        partial.mkdir(parents=True)
        try:
            for name in _INPUTS:
                if (root / name).is_file():
                    shutil.copyfile(root / name, partial / name)
            self._npm(partial)
            (partial / "node_modules").mkdir(exist_ok=True)
            partial.rename(home)
            _forget_old(home.parent)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _npm(self, root: Path) -> None:
        began = time.monotonic()
        self.emit(StepStarted(name=STEP))
        node = self.node()
        env = surroundings.installing([node.folder], self.home, self.cache)
        # Development dependencies too: a script may need them, and the exercise may ask for its tests.
        options = ["--include=dev", "--no-audit", "--no-fund", "--no-progress", "--no-update-notifier"]
        group = f"npm-{root.name}"
        child = self.children.spawn([*node.npm, "ci", *options], cwd=root, env=env, owner=group)
        try:
            code = self._follow(child)
        finally:
            self.children.end(group)
        self.emit(StepEnded(name=STEP, seconds=time.monotonic() - began))
        if code != 0:
            said = child.output.tail(MAX_LINES)
            raise install_failed(said, self.seconds, timed_out=code is None, code=code)

    def _follow(self, child: Child) -> int | None:
        """Show what npm says as it says it; return its exit code, None if it was not done in time."""
        deadline = time.monotonic() + self.seconds
        seen, shown = 0, 0
        while True:
            code = child.wait(_POLL)
            seen, lines = child.output.after(seen)
            for line in lines[: _MAX_LINES_SHOWN - shown]:
                self.emit(StepOutput(text=line))
            shown = min(shown + len(lines), _MAX_LINES_SHOWN)
            if code is not None or time.monotonic() > deadline:
                return code


def _forget_old(entries: Path) -> None:
    """Remove what no run has used for a month; each use sets an entry's time."""
    oldest = time.time() - _KEEP_SECONDS
    for entry in entries.iterdir():
        if not entry.name.startswith(".") and entry.stat().st_mtime < oldest:
            shutil.rmtree(entry, ignore_errors=True)


def _read_lock(root: Path) -> dict[str, Any]:
    try:
        data = json.loads((root / "package-lock.json").read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise _learner(
            "there is no package-lock.json beside package.json",
            "run `npm install` and keep the package-lock.json it writes",
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise _learner(
            f"package-lock.json is broken: {(isinstance(error, OSError) and error.strerror) or error}",
            "delete package-lock.json and run `npm install`, which writes it anew",
        ) from error
    return data if isinstance(data, dict) else {}


def _needs_own(package: Package, lock: dict[str, Any]) -> bool:
    """Tell whether installing depends on more than the manifest and the lockfile."""
    packages = lock.get("packages")
    entries = packages.values() if isinstance(packages, dict) else ()
    local = any(
        isinstance(one, dict) and (one.get("link") or str(one.get("resolved", "")).startswith("file:"))
        for one in entries
    )
    return local or "workspaces" in package.raw or not _LIFECYCLE.isdisjoint(package.scripts)


def _key(root: Path, version: str) -> str:
    digest = hashlib.sha256(f"{version} {platform.system()} {platform.machine()}".encode())
    for name in _INPUTS:
        path = root / name
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f" {name} {len(content)} ".encode() + content)
    return digest.hexdigest()[:32]


def _replace_with_link(modules: Path, target: Path) -> None:
    if modules.is_symlink() or modules.is_file():
        modules.unlink()
    elif modules.is_dir():
        shutil.rmtree(modules)
    modules.symlink_to(target, target_is_directory=True)


def _learner(message: str, remedy: str, log: str = "") -> StoppedError:
    return stopped(Blame.LEARNER, "build", message, remedy, log)
