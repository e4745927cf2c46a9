"""Turns the name of an npm script or Procfile entry into the shell command behind it.

npm itself is left out: it costs 0.3 s a start and does not pass every signal on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grader.model.problem import Blame, StoppedError, stopped
from grader.runtimes.package import Package, read_package, read_procfile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Command:
    """What `sh -c` runs, in the app's root with node_modules/.bin first on PATH, and npm's variables."""

    shell: str
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def argv(self) -> list[str]:
        """The command as an argument list."""
        return ["sh", "-c", self.shell]


def resolve(root: Path, script: str, process: str = "") -> Command:
    """Return the command of an npm script with its pre and post hooks.

    Without a package.json it is the Procfile's entry named `process` (`web`) or like the script, with
    dashes for colons. Raises `StoppedError` (learner) naming what is missing and the edit that mends it.
    """
    package = read_package(root)
    if package is not None:
        return _from_package(root, package, script)
    entries = read_procfile(root)
    if entries is None:
        raise stopped(
            Blame.LEARNER,
            "build",
            "there is neither a package.json nor a Procfile",
            "create one: `npm init -y`, or a Procfile with a line `web: COMMAND`",
        )
    wanted = [name for name in (process, script.replace(":", "-")) if name]
    found = next((entries[name] for name in wanted if name in entries), None)
    if found is None:
        raise _missing(script, f"Procfile has no entry `{wanted[0]}`", f"add a line `{wanted[0]}: COMMAND`")
    return Command(found)


def exists(root: Path, script: str) -> bool:
    """Tell whether the app has such a script."""
    try:
        resolve(root, script)
    except StoppedError:
        return False
    return True


def _from_package(root: Path, package: Package, script: str) -> Command:
    main = package.scripts.get(script) or _default(root, script)
    if not main:
        raise _missing(
            script,
            f"package.json has no script `{script}`",
            f'add it to package.json: "scripts": {{ "{script}": "COMMAND" }}',
        )
    hooks = [package.scripts.get(f"{when}{script}", "") for when in ("pre", "post")]
    env = {
        "npm_lifecycle_event": script,
        "npm_package_name": package.name,
        "npm_package_version": package.version,
    }
    return Command(_chain(hooks[0], main, hooks[1]), env)


def _default(root: Path, script: str) -> str:
    """Return what npm runs for a `start` that is not written down."""
    return "node server.js" if script == "start" and (root / "server.js").is_file() else ""


def _chain(before: str, main: str, after: str) -> str:
    """Join a script and its hooks; each is a group, so that `a; b` or `a || b` in one stays in it.

    Alone it stays bare: then the shell becomes the command, which so gets every signal itself.
    """
    if not before and not after:
        return main
    return " && ".join(f"{{ {part}\n}}" for part in (before, main, after) if part)


def _missing(script: str, message: str, remedy: str) -> Exception:
    return stopped(Blame.LEARNER, "build", message, f"{remedy} (the exercise runs `{script}`)")
