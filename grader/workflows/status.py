"""Where a learner stands on the roadmap: progress.md beside what the grader knows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from grader.content import history, progress_file
from grader.model.outcome import Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from grader.content.catalog import Catalog


class Standing(StrEnum):
    """What is known of a line: a tick may be proved by a run, or set by hand."""

    PROVED = "proved"
    BY_HAND = "by hand"
    OPEN = "open"
    NOT_GRADED = "not graded yet"


@dataclass(frozen=True, kw_only=True)
class LineStatus:
    """One line of progress.md; `stars` is (earned, of) of the last run that graded it, `when` its time."""

    id: str
    text: str
    ticked: bool
    standing: Standing
    stars: tuple[int, int] | None = None
    when: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Status:
    """The whole roadmap by exercise id, in the file's order, and what is wrong with the file."""

    groups: dict[str, tuple[LineStatus, ...]]
    complaints: tuple[str, ...]

    @property
    def ticked(self) -> int:
        """How many lines are ticked."""
        return sum(line.ticked for group in self.groups.values() for line in group)

    @property
    def total(self) -> int:
        """How many lines there are."""
        return sum(len(group) for group in self.groups.values())


def read(catalog: Catalog) -> Status:
    """Return the status. Raises `StoppedError` (learner) when progress.md cannot be read."""
    progress = progress_file.parse(progress_file.read(catalog.progress))
    graded = catalog.titles()
    latest = history.History(catalog.root).latest()
    groups: dict[str, list[LineStatus]] = {}
    for item in progress.items:
        if item.id is not None:
            line = _line(item, graded=item.id in graded, last=latest.get(item.id))
            groups.setdefault(item.id.partition(".")[0], []).append(line)
    missing = sorted(graded.keys() - {item.id for item in progress.items})
    return Status(
        groups={name: tuple(lines) for name, lines in groups.items()},
        complaints=(*progress.broken, *(f"{line} is graded, but has no line here." for line in missing)),
    )


def _line(item: progress_file.Item, *, graded: bool, last: history.Entry | None) -> LineStatus:
    assert item.id is not None
    return LineStatus(
        id=item.id,
        text=item.text,
        ticked=item.ticked,
        standing=_standing(item, graded=graded, last=last),
        stars=(last.stars_earned, last.stars_of) if last else None,
        when=last.when if last else None,
    )


def _standing(item: progress_file.Item, *, graded: bool, last: history.Entry | None) -> Standing:
    if not graded:
        return Standing.NOT_GRADED
    if not item.ticked:
        return Standing.OPEN
    return Standing.PROVED if last is not None and last.outcome is Outcome.PASS else Standing.BY_HAND
