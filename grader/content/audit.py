"""What must hold for the files of every exercise, as complaints that end with what mends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.content import audit_package, audit_source, brief, hints, manifest, pristine, progress_file
from grader.content.checks import file_name
from grader.content.complaints import read_text, shown
from grader.model.outcome import Tier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from grader.content.catalog import Catalog
    from grader.model.exercise import Exercise

ALLOWED = {
    "README.md",
    "exercise.toml",
    "hints.md",
    "openapi.yaml",
    "support.py",
    "mutants",
    "plugins",
    "variants",
}
MADE_BY_TOOLS = {"__pycache__", ".pytest_cache", ".ruff_cache", ".DS_Store"}
MAX_GATES = 2
MIN_RUNGS = 2
UNWRITTEN = "TODO(author)"


def complaints(catalog: Catalog, exercise: Exercise) -> Iterator[str]:
    """Yield a sentence for everything that is wrong. Raises `StoppedError` for what cannot be read."""
    yield from _lines(exercise)
    yield from _prose(exercise)
    yield from _unwritten(exercise)
    yield from audit_package.complaints(catalog, exercise)
    yield from _strays(exercise)
    if not pristine.path_of(catalog, exercise).is_file():
        yield f"{exercise.id} has no archive of its starter, to reset it from; once it is done: dev pristine"
    yield from audit_source.complaints(exercise)
    yield from audit_source.taken_fixtures(catalog.chain(exercise))


def _lines(exercise: Exercise) -> Iterator[str]:
    for line in exercise.lines:
        if all(check.tier is not Tier.CORE for check in line.checks):
            yield f"{line.id} has no core check, and only core checks tick: write one."
        if sum(check.gate for check in line.checks) > MAX_GATES:
            yield f"{line.id} has more than {MAX_GATES} @gate checks; later phases re-run each."
        for check in line.checks:
            if check.gate and (check.needs or check.tier is not Tier.CORE):
                yield f"{check.id} is a @gate: later phases run it again, so it is core and needs no power."


def _prose(exercise: Exercise) -> Iterator[str]:
    anchors = brief.anchors(read_text(exercise.root / brief.FILE))
    ladders = hints.read(exercise)
    for line in exercise.lines:
        if line.brief not in anchors:
            yield f"{line.id}: the brief has no heading for #{line.brief}; mend `brief` in the manifest."
        if len(ladders.get(line.id, ())) < MIN_RUNGS:
            yield f"{line.id} has fewer than {MIN_RUNGS} hints: add rungs in hints.md."


def _unwritten(exercise: Exercise) -> Iterator[str]:
    """Complain about what `dev new` left to the author."""
    for name in (manifest.FILE, brief.FILE, hints.FILE):
        path = exercise.root / name
        lines = read_text(path).splitlines() if path.exists() else []
        numbers = [str(number) for number, line in enumerate(lines, 1) if UNWRITTEN in line]
        if numbers:
            yield f"{shown(path)} still says {UNWRITTEN} (line {', '.join(numbers)}): write it."


def notes(catalog: Catalog, exercise: Exercise) -> Iterator[str]:
    """Yield a sentence for what is in order but may surprise. Raises `StoppedError` without progress.md."""
    known = {item.id for item in progress_file.parse(progress_file.read(catalog.progress)).items}
    for line in exercise.lines:
        if line.id not in known:
            row = f"- [ ] {line.title} <!-- {line.id} -->"
            yield f"{line.id} is graded but never ticked: progress.md has no line for it. To have one: {row}"


def _strays(exercise: Exercise) -> Iterator[str]:
    tests = {file_name(line.id) for line in exercise.lines}
    for name in sorted(_names(exercise.root) - ALLOWED - tests):
        yield f"{exercise.name}/{name} belongs to no exercise: remove it."
    for path in sorted((exercise.root / "mutants").glob("*")):
        if path.suffix != ".patch":
            yield f"{exercise.name}/mutants/{path.name} is no .patch: remove it."


def stale_archive(catalog: Catalog, exercise: Exercise) -> Iterator[str]:
    """Complain when what `grade reset` restores is not the starter as it lies there."""
    if not pristine.matches(catalog, exercise):
        yield f"The archive of {exercise.name} is not its starter; if that changed on purpose: dev pristine"


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*")} - MADE_BY_TOOLS
