"""The private copy of the learner's folder that is graded, whatever happens to the original meanwhile.

Left out, because they are not the app's source or not the app's to bring:

- at any depth `node_modules`, `.venv`, `__pycache__` (installed or made again from the source),
  `.git`, `.hg`, `.grade` (tools' own), `.DS_Store`;
- at any depth `.env` and `.env.*` except `.env.example`, `.env.sample`, `.env.template`: secrets stay at
  home, and the app is configured by the grader alone;
- at the top `progress.md`, `coverage`, `.nyc_output` and the marker of a started exercise.

`dist` and `build` are kept: an app may well be started from what its author built and committed.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from grader.content import tree
from grader.content.complaints import printable
from grader.model.problem import Blame, stopped

if TYPE_CHECKING:
    from pathlib import Path

    from grader.model.problem import StoppedError

MARKER = ".started.toml"
APP_FILES = ("package.json", "Procfile", "go.mod", "pyproject.toml")

_ANYWHERE = frozenset(
    {"node_modules", ".venv", "__pycache__", ".git", ".hg", ".grade", ".DS_Store", ".env"},
)
_AT_TOP = frozenset({"progress.md", "coverage", ".nyc_output", MARKER})
_ENV_KEPT = frozenset({".env.example", ".env.sample", ".env.template"})


def take(source: Path, destination: Path) -> str:
    """Copy the app in `source` into `destination` (missing or empty) and return the copy's SHA-256.

    Nothing is run, no link is followed, nothing is written to `source`. Raises `StoppedError` (learner,
    stage `snapshot`) when there is no app there or it holds what cannot be taken.
    """
    _require_folder(source)
    entries = tree.scan(source, skipped)
    top = {entry.path for entry in entries}
    if not top:
        raise _refused(source, "is empty", "Put the app there, or restore the starter: grade reset EXERCISE")
    if top.isdisjoint(APP_FILES):
        remedy = f"Grade the folder that has one of {', '.join(APP_FILES)} at its top."
        raise _refused(source, "holds no app", remedy)
    return tree.copy(((source, entry) for entry in entries), destination)


def skipped(path: str) -> bool:
    """Tell whether a path relative to the app's folder is left out; see the module's docstring."""
    name = path.rpartition("/")[2]
    secret = name.startswith(".env.") and name not in _ENV_KEPT
    return secret or name in _ANYWHERE or path in _AT_TOP


def _require_folder(source: Path) -> None:
    try:
        mode = source.lstat().st_mode
    except FileNotFoundError:
        raise _refused(source, "does not exist", "Check the path, or restore it with git.") from None
    except OSError as error:
        raise _refused(source, f"cannot be read: {error.strerror}", "Check the path.") from error
    if stat.S_ISLNK(mode):
        raise _refused(source, "is a link", f"Grade the folder itself: {printable(source.resolve())}")
    if not stat.S_ISDIR(mode):
        raise _refused(source, "is a file", "Name the folder that holds the app.")


def _refused(source: Path, what: str, remedy: str) -> StoppedError:
    return stopped(Blame.LEARNER, tree.STAGE, f"{printable(source)} {what}.", remedy)
