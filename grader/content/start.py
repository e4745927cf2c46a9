"""`grade start` and `grade reset`: making the folder that the learner works in, losing nothing of theirs."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.content import layers, pristine, snapshot, tree
from grader.content.complaints import printable
from grader.content.snapshot import MARKER
from grader.model.problem import Blame, stopped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grader.content.catalog import Catalog
    from grader.model.exercise import Exercise

_PACKAGE, _LOCK = "package.json", "package-lock.json"


@dataclass(frozen=True, kw_only=True)
class Started:
    """What was done in `folder`, as paths relative to it.

    `beside` are files of ours laid beside a kept one of the learner's (`src/app.js.phase2`), `advice`
    the commands and edits left for a person, `old` where the former folder was kept, if it was.
    """

    folder: Path
    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    old: Path | None = None


def start(catalog: Catalog, exercise: Exercise, origin: str, now: datetime) -> Started:
    """Make the exercise's starter folder a complete app: what is below it, then its stubs.

    `origin` is `mine` (the learner's own app of the exercise below) or `solution`. A file of theirs that
    is still as delivered is replaced; any other is kept and ours laid beside it. `.env` files are not
    carried over. Raises `StoppedError` (usage) when there is nothing to start or it is started already.
    """
    _require_startable(catalog, exercise)
    folder = catalog.starter(exercise)
    with _new_folder(folder) as new, _stubs(catalog, exercise) as stubs:
        below = catalog.chain(exercise)[-2]
        _lay_base(catalog, below, origin, new)
        done = _lay_stubs(catalog, exercise, origin, stubs, new)
        marker = f'# `grade start` made this folder a complete app.\nformat = 1\nfrom = "{origin}"\n'
        (new / MARKER).write_text(marker, encoding="utf-8")
        old = _swap(new, folder, now, keep=_has_work(folder, stubs))
    return Started(folder=folder, old=old, **done)


def reset(catalog: Catalog, exercise: Exercise, now: datetime) -> Started:
    """Put the delivered starter back; the folder as it was is kept beside it as `NAME.old-TIME`.

    Raises `StoppedError` (usage) without an archive of the starter.
    """
    archive = pristine.require(catalog, exercise)
    folder = catalog.starter(exercise)
    with _new_folder(folder) as new:
        pristine.unpack(archive, new)
        old = _swap(new, folder, now, keep=True)
    return Started(folder=folder, old=old)


def _require_startable(catalog: Catalog, exercise: Exercise) -> None:
    if exercise.stacks_on is None:
        message = f"{exercise.id} needs no start: its starter is complete from the beginning."
        remedy = f"Work in {catalog.starter(exercise).name}, then: grade {exercise.id}"
        raise stopped(Blame.USAGE, "content", message, remedy)
    if layers.is_started(catalog, exercise):
        remedy = f"Work on it, or begin again: grade reset {exercise.id}"
        raise stopped(Blame.USAGE, "content", f"{exercise.id} is started already.", remedy)


def _lay_base(catalog: Catalog, below: Exercise, origin: str, new: Path) -> None:
    if origin == "solution":
        layers.write_solution(catalog, below, new)
        return
    layers.require_started(catalog, below)
    snapshot.take(catalog.starter(below), new)


def _lay_stubs(catalog: Catalog, exercise: Exercise, origin: str, stubs: Path, new: Path) -> dict[str, Any]:
    sorts: dict[str, list[str]] = {"added": [], "replaced": [], "kept": []}
    with _delivered(catalog, exercise) as delivered:
        for entry in tree.scan(stubs, snapshot.skipped):
            theirs = new / entry.path
            if entry.kind == "folder":
                theirs.mkdir(exist_ok=True)
            elif not theirs.exists():
                sorts["added"].append(entry.path)
            elif origin == "solution" or _same(theirs, delivered / entry.path):
                sorts["replaced"].append(entry.path)
            elif not _same(theirs, stubs / entry.path):
                sorts["kept"].append(entry.path)
    for path in (*sorts["added"], *sorts["replaced"]):
        shutil.copy2(stubs / path, new / path)
    kept = sorts.pop("kept")
    for path in _beside(kept):
        shutil.copy2(stubs / path, new / f"{path}.{exercise.id}")
    sorts["beside"] = [f"{path}.{exercise.id}" for path in _beside(kept)]
    sorts["advice"] = [line for path in kept for line in _advice(path, exercise.id, stubs, new)]
    return {name: tuple(values) for name, values in sorts.items()}


def _beside(kept: list[str]) -> list[str]:
    # A lockfile is npm's to write, when the learner follows the advice about package.json.
    return [path for path in kept if path != _LOCK]


def _has_work(folder: Path, stubs: Path) -> bool:
    """Tell whether a folder holds anything but the delivered stubs and what npm installed."""

    def installed(path: str) -> bool:
        return path.rpartition("/")[2] == "node_modules"

    return folder.is_dir() and pristine.pack(folder, installed) != pristine.pack(stubs, installed)


def _advice(path: str, exercise: str, stubs: Path, new: Path) -> list[str]:
    if path == _LOCK:
        return []
    if path == _PACKAGE:
        found = _package_advice(_json(stubs / path), _json(new / path))
        return found or [f"Compare {path} with {path}.{exercise}, then remove the latter."]
    return [f"Merge {printable(path)}.{exercise} into your {printable(path)}, then remove it."]


def _package_advice(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    advice = []
    for key, command in (("dependencies", "npm install"), ("devDependencies", "npm install --save-dev")):
        have = theirs.get(key, {})
        missing = [f"{name}@{version}" for name, version in ours.get(key, {}).items() if name not in have]
        if missing:
            advice.append(f"{command} {' '.join(missing)}")
    have = theirs.get("scripts", {})
    for name, script in ours.get("scripts", {}).items():
        if have.get(name) != script:
            advice.append(f'In {_PACKAGE}, "scripts": "{name}": {json.dumps(script)}')
    return advice


def _json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_bytes())
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


@contextlib.contextmanager
def _stubs(catalog: Catalog, exercise: Exercise) -> Iterator[Path]:
    """Give the delivered stubs as a folder."""
    archive = pristine.require(catalog, exercise)
    with tempfile.TemporaryDirectory() as name:
        pristine.unpack(archive, Path(name))
        yield Path(name)


@contextlib.contextmanager
def _delivered(catalog: Catalog, exercise: Exercise) -> Iterator[Path]:
    """Give what the exercises below delivered, stacked: what a file nobody touched looks like."""
    with tempfile.TemporaryDirectory() as name:
        below = [pristine.require(catalog, item) for item in catalog.chain(exercise)[:-1]]
        layers.materialise(below, Path(name))
        yield Path(name)


@contextlib.contextmanager
def _new_folder(beside: Path) -> Iterator[Path]:
    """Give a folder on the same disk as `beside`, removed again unless it was moved away."""
    beside.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{beside.name}.new-", dir=beside.parent))
    try:
        new.chmod(0o755)
        yield new
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _swap(new: Path, folder: Path, now: datetime, *, keep: bool) -> Path | None:
    """Move `new` into the place of `folder`; the former goes aside first and comes back on failure."""
    if not folder.exists():
        new.rename(folder)
        return None
    old = _free(folder, f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    folder.rename(old)
    try:
        new.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    if keep:
        return old
    shutil.rmtree(old)
    return None


def _free(folder: Path, stamp: str) -> Path:
    names = (folder.with_name(f"{folder.name}.old-{stamp}{extra}") for extra in ("", *range(2, 1000)))
    return next(path for path in names if not path.exists())


def _same(one: Path, other: Path) -> bool:
    if not (one.is_file() and other.is_file()):
        return False
    return one.read_bytes() == other.read_bytes()
