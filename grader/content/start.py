"""`grade start` and `grade reset`: making the folder that the learner works in, losing nothing of theirs."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from grader.content import layers, merging, pristine, snapshot
from grader.content.complaints import content_error, printable, shown
from grader.content.snapshot import MARKER
from grader.model.problem import Blame, stopped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grader.content.catalog import Catalog
    from grader.model.exercise import Exercise

MARKER_TEXT = '# `grade start` made this folder a complete app.\nformat = 1\nfrom = "{origin}"\n'
"""What stands in the marker; it is committed, so that the folder is started in every clone."""


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
    folder, below = catalog.starter(exercise), catalog.chain(exercise)[-2]
    with _new_folder(folder) as new, contextlib.ExitStack() as stack:
        stubs = _stacked(stack, [pristine.require(catalog, exercise)])
        _lay_base(catalog, exercise, below, origin, new)
        merge = merging.Merge(
            app=new,
            ours=stubs,
            delivered=[_stacked(stack, parts) for parts in _untouched(catalog, exercise)],
            references=_references(stack, catalog, below),
            suffix=exercise.id,
            called=shown(folder, 1),
            all_ours=origin == "solution",
        )
        done = merge.run()
        (new / MARKER).write_text(MARKER_TEXT.format(origin=origin), encoding="utf-8")
        old = _swap(new, folder, now, keep=_has_work(folder, stubs))
    advice = (*done.advice, *(_left_to_do(catalog.starter(below), folder, below) if origin == "mine" else ()))
    return Started(
        folder=folder, old=old, added=done.added, replaced=done.replaced, beside=done.beside, advice=advice
    )


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


def _lay_base(catalog: Catalog, exercise: Exercise, below: Exercise, origin: str, new: Path) -> None:
    if origin == "solution":
        layers.write_solution(catalog, below, new)
        return
    layers.require_started(catalog, below)
    mine = catalog.starter(below)
    reference = f"Or build on the reference: grade start {exercise.id} --from solution"
    if not mine.is_dir():
        message = f"There is no app of {below.id} to build on: {shown(mine, 1)} does not exist."
        raise content_error(
            message, f"Bring the starter back: grade reset {below.id}\n{reference}", exercise.id
        )
    if below.stacks_on is None and pristine.matches(catalog, below):
        message = f"{shown(mine, 1)} is still as it was delivered, so there is nothing of yours to build on."
        raise content_error(message, f"Do {below.id} first.\n{reference}", exercise.id)
    snapshot.take(mine, new)


def _untouched(catalog: Catalog, exercise: Exercise) -> Iterator[list[Path]]:
    """Yield the layers of what a file nobody touched may look like, what was delivered first."""
    chain = catalog.chain(exercise)
    yield [pristine.require(catalog, item) for item in chain[:-1]]
    marker = catalog.starter(chain[-2]) / MARKER
    if marker.is_file() and MARKER_TEXT.format(origin="solution") == marker.read_text(encoding="utf-8"):
        yield list(layers.solution_layers(catalog, chain[-3]))


def _references(stack: contextlib.ExitStack, catalog: Catalog, below: Exercise) -> list[Path]:
    """Return the solution below, unless the learner put the solutions away."""
    if not all(catalog.solution(item).is_dir() for item in catalog.chain(below)):
        return []
    return [_stacked(stack, layers.solution_layers(catalog, below))]


def _stacked(stack: contextlib.ExitStack, parts: Sequence[Path]) -> Path:
    """Write layers into a folder that goes with the stack."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    layers.materialise(parts, folder)
    return folder


def _left_to_do(mine: Path, folder: Path, below: Exercise) -> Iterator[str]:
    """Yield what a start cannot do: merges that were never made, and secrets that are not copied."""
    for path in sorted(folder.rglob(f"*.{below.id}")):
        left = printable(path.relative_to(folder))
        yield f"{left} is left from the start of {below.id}: merge it, then remove it."
    if (mine / ".env").is_file():
        yield f"Your .env was not copied: cp {shown(mine, 1)}/.env {shown(folder, 1)}/.env"


def _has_work(folder: Path, stubs: Path) -> bool:
    """Tell whether a folder holds anything but the delivered stubs and what npm installed."""

    def installed(path: str) -> bool:
        return path.rpartition("/")[2] == "node_modules"

    return folder.is_dir() and pristine.pack(folder, installed) != pristine.pack(stubs, installed)


@contextlib.contextmanager
def _new_folder(beside: Path) -> Iterator[Path]:
    """Give a folder on the same disk as `beside`, removed again unless it was moved away."""
    beside.parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{beside.name}.new-"
    for left in beside.parent.glob(f"{prefix}*"):  # by a start that was killed
        shutil.rmtree(left, ignore_errors=True)
    new = Path(tempfile.mkdtemp(prefix=prefix, dir=beside.parent))
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
