"""Finds a Node.js that is new enough: the one on PATH, else a pinned wheel's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from grader.runtimes import versions
from grader.runtimes.wheels import unpacked

_VERSION = re.compile(r"v(\d+)\.(\d+)\.\d+\s*")


@dataclass(frozen=True)
class Node:
    """A Node.js: `folder` goes on PATH, `npm` is how npm is run, `version` like `v24.19.0`."""

    folder: Path
    npm: tuple[str, ...]
    version: str


def find_node(cache: Path) -> Node:
    """Return the Node.js to use, fetching one on first need; raises `StoppedError` (missing)."""
    return _on_path() or _from_wheel(cache)


def _on_path() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.fullmatch(done.stdout)
    if match is None or (int(match[1]), int(match[2])) < versions.OLDEST_NODE:
        return None
    return Node(Path(node).parent, _npm_command(node, Path(npm)), match[0].strip())


def _npm_command(node: str, npm: Path) -> tuple[str, ...]:
    """Skip npm's launcher where it is the script itself; version managers put a program there."""
    script = npm.resolve()
    return (node, str(script)) if script.suffix == ".js" else (str(npm),)


def _from_wheel(cache: Path) -> Node:
    home = unpacked(versions.NODE, cache)
    npm = home / "lib/node_modules/npm/bin/npm-cli.js"
    return Node(_launchers(home), (str(home / "bin/node"), str(npm)), f"v{versions.NODE.version}")


def _launchers(home: Path) -> Path:
    """Return a folder with node, npm and npx: the wheel's own launchers lost what they pointed to."""
    folder = home / "launchers"
    targets = {
        "node": "../bin/node",
        "npm": "../lib/node_modules/npm/bin/npm-cli.js",
        "npx": "../lib/node_modules/npm/bin/npx-cli.js",
    }
    folder.mkdir(exist_ok=True)
    for name, target in targets.items():
        link = folder / name
        if not link.is_symlink():
            new = folder / f".{name}-{os.getpid()}"
            new.symlink_to(target)
            (folder / target).chmod(0o755)
            new.replace(link)
    return folder
