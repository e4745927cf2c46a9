"""How a phase's stubs come into the learner's app: what is still as delivered is replaced, theirs is kept."""

from __future__ import annotations

import difflib
import json
import os
import shlex
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.content import tree
from grader.content.complaints import printable
from grader.content.snapshot import skipped
from grader.model.problem import Blame, stopped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PACKAGE, LOCK = "package.json", "package-lock.json"
_ITS_OWN = {"name", "version", "description"}
MAX_DIFF = 60
"""Lines of an edit that are printed; a longer one is read in the file laid beside."""


@dataclass(frozen=True, kw_only=True)
class Merged:
    """What became of each stub, as paths, and what is left for a person to do."""

    added: tuple[str, ...]
    replaced: tuple[str, ...]
    beside: tuple[str, ...]
    advice: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Merge:
    """One merge into the folder `app`: `ours` are the stubs, `suffix` ends the names of those laid beside.

    `delivered` are folders of what nobody has touched if it is found in `app` byte for byte, the first one
    being what the exercises below shipped; `references` are other folders our files may be
    made from, and `all_ours` says that nothing in `app` is the learner's. `called` is what people call `app`.
    """

    app: Path
    ours: Path
    delivered: Sequence[Path]
    references: Sequence[Path]
    suffix: str
    called: str
    all_ours: bool = False

    def run(self) -> Merged:
        """Do it. Raises `StoppedError` (usage) for a file of theirs where a folder is needed."""
        entries = tree.scan(self.ours, skipped)
        self._make_folders([entry.path for entry in entries if entry.kind == "folder"])
        files = [entry.path for entry in entries if entry.kind != "folder"]
        added = [path for path in files if self._is_missing(path)]
        replaced = [path for path in files if path not in added and self._is_replaced(path)]
        kept = [path for path in files if path not in added and path not in replaced and self._differs(path)]
        for path in (*added, *replaced):
            shutil.copy2(self.ours / path, self.app / path)
        # A lockfile is npm's to write, when the learner follows the advice about package.json.
        beside = [path for path in kept if path != LOCK]
        for path in beside:
            shutil.copy2(self.ours / path, self.app / self._beside(path))
        return Merged(
            added=tuple(added),
            replaced=tuple(replaced),
            beside=tuple(map(self._beside, beside)),
            advice=tuple(line for path in beside for line in self._advice(path)),
        )

    def _make_folders(self, paths: Sequence[str]) -> None:
        for path in paths:
            if os.path.lexists(self.app / path) and not (self.app / path).is_dir():
                message = f"{printable(path)} is a file of yours where {self.suffix} has a folder."
                raise stopped(Blame.USAGE, "content", message, "Rename it in your app, then start again.")
            (self.app / path).mkdir(exist_ok=True)

    def _is_missing(self, path: str) -> bool:
        if path == LOCK and os.path.lexists(self.app / PACKAGE) and not self._is_replaced(PACKAGE):
            return False
        return not os.path.lexists(self.app / path)

    def _is_replaced(self, path: str) -> bool:
        # A lockfile follows its package.json: each is worth nothing without the other, and npm rewrites one
        # of ours on the first install, whoever touched it.
        theirs = PACKAGE if path == LOCK else path
        return self.all_ours or any(_same(self.app / theirs, root / theirs) for root in self.delivered)

    def _differs(self, path: str) -> bool:
        return not _same(self.app / path, self.ours / path)

    def _beside(self, path: str) -> str:
        return f"{path}.{self.suffix}"

    def _advice(self, path: str) -> list[str]:
        name, beside = printable(path), printable(self._beside(path))
        before = self.delivered[0] / path
        if path == PACKAGE:
            ours, theirs = read_json(self.ours / path), read_json(self.app / path)
            found = package_advice(ours, theirs, read_json(before) if before.is_file() else {})
            # npm does its work where one stands, and one stands in the repository.
            found = [f"In {self.called}: {line}" if line.startswith("npm ") else line for line in found]
            return [*found, f"Remove {beside} when {name} has what it has."]
        # What the phase changes shows best against whatever its file was made from.
        edits = (_edit(root / path, self.ours / path) for root in (self.delivered[0], *self.references))
        edit = min(filter(None, edits), key=lambda text: text.count("\n"), default="")
        told = f"Make this edit in your {name}, then remove {beside}:\n{edit}" if edit else ""
        return [told or f"Merge {beside} into your {name}, then remove it."]


def package_advice(ours: dict[str, Any], theirs: dict[str, Any], before: dict[str, Any]) -> list[str]:
    """Return commands and edits that bring into `theirs` what `ours` has and `before` had not."""
    advice = []
    for key, command in (("dependencies", "npm install"), ("devDependencies", "npm install --save-dev")):
        new = _news(ours, theirs, before, key)
        if new:
            advice.append(
                f"{command} {' '.join(_shell(f'{name}@{version}') for name, version in new.items())}"
            )
    for name, script in _news(ours, theirs, before, "scripts").items():
        advice.append(f'In {PACKAGE}, "scripts": "{name}": {json.dumps(script)}')
    for key, value in ours.items():
        if (
            key not in _ITS_OWN
            and not isinstance(value, dict)
            and value not in (theirs.get(key), before.get(key))
        ):
            advice.append(f"In {PACKAGE}, {json.dumps(key)}: {json.dumps(value)}")
    return advice


def read_json(path: Path) -> dict[str, Any]:
    """Return an object from a file, an empty one where there is none."""
    try:
        data = json.loads(path.read_bytes())
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _news(ours: dict[str, Any], theirs: dict[str, Any], before: dict[str, Any], key: str) -> dict[str, str]:
    """Return the entries of one table that are new, or changed, in `ours` and are not in `theirs`."""
    have, had = _table(theirs, key), _table(before, key)
    news = {
        name: value for name, value in _table(ours, key).items() if had.get(name) != value or name not in have
    }
    return {name: value for name, value in news.items() if have.get(name) != value}


def _table(package: dict[str, Any], key: str) -> dict[str, str]:
    value = package.get(key)
    return value if isinstance(value, dict) else {}


def _shell(word: str) -> str:
    """Return a word for a shell; the `^` and `~` of versions need no quotes."""
    plain = word.translate({ord("^"): None, ord("~"): None})
    return word if shlex.quote(plain) == plain else shlex.quote(word)


def _edit(before: Path, after: Path) -> str:
    """Return the lines in which a stub differs from what was delivered before; nothing if they are many."""
    try:
        old, new = (path.read_text(encoding="utf-8").splitlines() for path in (before, after))
    except (OSError, UnicodeDecodeError):
        return ""
    lines = list(difflib.unified_diff(old, new, n=2, lineterm=""))[2:]
    return "\n".join(map(printable, lines)) if len(lines) <= MAX_DIFF else ""


def _same(one: Path, other: Path) -> bool:
    """Tell whether both are files of the same bytes; a link is somebody's own doing."""
    if one.is_symlink() or not (one.is_file() and other.is_file()):
        return False
    return one.read_bytes() == other.read_bytes()
