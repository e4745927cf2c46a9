"""Finds the repository, its exercises, and what a person means by an id."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from grader.content import manifest, progress_file
from grader.content.complaints import nearest
from grader.model.problem import Blame, StoppedError, stopped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from grader.model.exercise import Check, Exercise, Line

ROOT_VARIABLE = "GRADE_ROOT"
PHASES, STARTERS, SOLUTIONS, PROGRESS = "phases", "starters", "solutions", "progress.md"


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What was asked of one exercise.

    `checks` are all the checks asked for, in the order they are graded; `lines` only the lines asked for
    as wholes (a check asked for by its own id proves no line); `whole` when that is the exercise itself.
    """

    exercise: Exercise
    lines: tuple[Line, ...]
    checks: tuple[Check, ...]
    whole: bool


def find_root(start: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the repository's folder: `GRADE_ROOT`, else the first one upward from `start` with exercises.

    Raises `StoppedError` (usage) when there is none.
    """
    named = environ.get(ROOT_VARIABLE)
    candidates = [Path(named)] if named else [start.resolve(), *start.resolve().parents]
    for folder in candidates:
        if any(folder.glob(f"{PHASES}/*/{manifest.FILE}")):
            return folder.resolve()
    where = f"{ROOT_VARIABLE}={named}" if named else f"{start} nor any folder above it"
    raise stopped(
        Blame.USAGE,
        "content",
        f"No exercises in {where}.",
        f"Run this inside your clone of the repository, or point {ROOT_VARIABLE} at it.",
    )


class Catalog:
    """The exercises of one repository, read on demand, each once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.progress = root / PROGRESS
        # A cache per catalog, so that a second run in one process reads afresh.
        self._load = cache(partial(manifest.load, below=self.outline))

    @cached_property
    def folders(self) -> dict[str, Path]:
        """Return the exercises' folders by short id: the phases in their order, then the sections."""
        found = [path.parent for path in (self.root / PHASES).glob(f"*/{manifest.FILE}")]
        named = {short: path for path in found if (short := manifest.id_of(path.name))}
        return dict(sorted(named.items(), key=lambda item: _order(item[0])))

    def exercises(self) -> tuple[Exercise, ...]:
        """Return every exercise with its checks. Raises `StoppedError` (usage) for broken content."""
        return tuple(self._load(folder) for folder in self.folders.values())

    def outlines(self) -> tuple[Exercise, ...]:
        """Return every exercise without its checks: fast, for lists and status."""
        return tuple(self._load(folder, with_checks=False) for folder in self.folders.values())

    def exercise(self, name: str) -> Exercise:
        """Return the exercise of an id (`phase1`, `phase1-rest-api`). Raises `StoppedError` (usage)."""
        return self._load(self._folder(name))

    def outline(self, name: str) -> Exercise:
        """Return the exercise of an id without its checks. Raises `StoppedError` (usage)."""
        return self._load(self._folder(name), with_checks=False)

    def titles(self) -> dict[str, str]:
        """Return the roadmap's sentence of every line that is graded, by full id."""
        return {line.id: line.title for exercise in self.outlines() for line in exercise.lines}

    def starter(self, exercise: Exercise) -> Path:
        """Return the folder the learner works in."""
        return self.root / STARTERS / exercise.name

    def solution(self, exercise: Exercise) -> Path:
        """Return the folder of the reference's layer."""
        return self.root / SOLUTIONS / exercise.name

    def chain(self, exercise: Exercise) -> tuple[Exercise, ...]:
        """Return the exercises this one stacks on, earliest first, and itself. Raises `StoppedError`."""
        below = exercise.stacks_on
        return (*(self.chain(self.outline(below)) if below else ()), exercise)

    def gates(self, exercise: Exercise) -> tuple[Check, ...]:
        """Return the checks of the exercises below that are run again with this one, earliest first."""
        below = self.chain(exercise)[:-1]
        return tuple(check for item in below for check in self.exercise(item.id).checks if check.gate)

    def resolve(self, ids: Sequence[str]) -> tuple[Selection, ...]:
        """Return what was asked, one selection per exercise, in the catalog's order; nothing is everything.

        An id is an exercise, a line or a check. Raises `StoppedError` (usage) for one that is none, with
        the nearest names.
        """
        asked: dict[str, set[str]] = {}
        for word in ids or self.folders:
            parts = _normal(word).split(".")
            exercise = self.exercise(self._known(parts[0], word))
            asked.setdefault(exercise.id, set()).add(self._inside(exercise, parts, word))
        return tuple(_select(self.exercise(name), asked[name]) for name in self.folders if name in asked)

    def _folder(self, name: str) -> Path:
        return self.folders[self._known(_normal(name), name)]

    def _known(self, short: str, word: str) -> str:
        if short in self.folders:
            return short
        later = self._later_lines()
        wanted = _normal(word)
        if any(line == wanted or line.startswith(f"{wanted}.") for line in later):
            raise stopped(
                Blame.USAGE,
                "content",
                f"{wanted} is on the roadmap but not graded yet: no exercise for it is in {PHASES}/.",
                "See what is with `grade list`.",
            )
        names = [*self.folders, *self.titles(), *later]
        raise _unknown(word, names)

    def _later_lines(self) -> set[str]:
        """Return the ids of progress.md without an exercise here; none when it cannot be read."""
        try:
            items = progress_file.parse(progress_file.read(self.progress)).items
        except StoppedError:
            return set()
        return {item.id for item in items if item.id and item.id.partition(".")[0] not in self.folders}

    def _inside(self, exercise: Exercise, parts: list[str], word: str) -> str:
        full = ".".join([exercise.id, *parts[1:]])
        known = [exercise.id, *(line.id for line in exercise.lines), *(c.id for c in exercise.checks)]
        if full not in known:
            raise _unknown(word, known)
        return full


def _normal(word: str) -> str:
    """Return an id in its short form: `phases/section01-x/` and `section01` are `section1`."""
    first, dot, rest = word.rstrip("/").rpartition("/")[2].partition(".")
    short = manifest.id_of(first) or manifest.id_of(f"{first}-x") or first
    return f"{short}{dot}{rest}"


def _order(short: str) -> tuple[str, int]:
    kind = short.rstrip("0123456789")
    return kind, int(short.removeprefix(kind))


def _select(exercise: Exercise, asked: set[str]) -> Selection:
    whole = exercise.id in asked
    lines = tuple(line for line in exercise.lines if whole or line.id in asked)
    covered = {line.id for line in lines}
    checks = tuple(c for c in exercise.checks if c.line in covered or c.id in asked)
    return Selection(exercise=exercise, lines=lines, checks=checks, whole=whole)


def _unknown(word: str, names: Iterable[str]) -> StoppedError:
    meant = nearest(word, names)
    remedy = f"{meant[:1].upper()}{meant[1:]} See all with `grade list`.".strip()
    return stopped(Blame.USAGE, "content", f"There is no exercise, line or check {word!r}.", remedy)
