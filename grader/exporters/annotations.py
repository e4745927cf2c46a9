"""Failures as annotations on a GitHub pull request: few, the most important first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.exporters.base import TextExporter
from grader.exporters.findings import findings
from grader.exporters.printable import one_line
from grader.model.problem import Blame

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TextIO

    from grader.model.report import CheckResult, ExerciseReport, Report

LIMIT = 10
_LINES = 10
_LINE = 200
_PROBLEM, _CORE, _ERROR, _STRETCH = range(4)
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


@dataclass(frozen=True)
class Annotation:
    """One annotation; `rank` orders them: problems, core failures, errors, stretch failures."""

    rank: int
    line: str
    title: str
    message: str


class AnnotationsExporter(TextExporter):
    """Writes workflow commands, at most ten.

    `places` maps a line's id to the file and line number that its annotation belongs to, as in
    `progress.md`; without one the annotation goes to the exercise's brief.
    """

    def __init__(self, file: TextIO, places: Mapping[str, tuple[str, int]] | None = None) -> None:
        super().__init__(file)
        self.places = places or {}

    def render(self, report: Report) -> str:
        """Return the commands, one a line."""
        found = [(note, part.brief) for part in report.exercises for note in _annotations(part)]
        chosen = sorted(found, key=lambda item: item[0].rank)[:LIMIT]
        return "".join(self._command(note, brief) + "\n" for note, brief in chosen)

    def _command(self, note: Annotation, brief: str) -> str:
        file, number = self.places.get(note.line, (brief, 1))
        level = "notice" if note.rank == _STRETCH else "error"
        where = {"file": file, "line": str(number), "title": one_line(note.title, _LINE)}
        properties = ",".join(f"{name}={_escape(value, _PROPERTY)}" for name, value in where.items())
        return f"::{level} {properties}::{_escape(note.message, _DATA)}"


def _annotations(part: ExerciseReport) -> Iterator[Annotation]:
    if part.problem:
        ours = part.problem.blame is Blame.OURS
        title = f"{part.exercise}: {'the grader' if ours else 'the app'} stopped at {part.problem.stage}"
        yield Annotation(_PROBLEM, "", title, f"{part.problem.message}\n{part.problem.remedy}")
    found = findings(part)
    for check in found.ended:
        yield _of(_CORE, check, check.reason)
    for line, (first, *others) in found.core:
        more = f"\nand {len(others)} more of this line" if others else ""
        yield _of(_CORE, first, f"{first.reason}{more}\nHints: grade hint {line.id}")
    for check in found.regressions:
        yield _of(_CORE, check, f"It worked before. {check.reason}")
    for check in found.errors:
        yield _of(_ERROR, check, f"Not the learner's fault: {check.reason}")
    for check in found.stretch:
        yield _of(_STRETCH, check, f"A star held back. {check.reason}")


def _of(rank: int, check: CheckResult, message: str) -> Annotation:
    return Annotation(rank, check.line, f"{check.line}: {check.title}", message)


def _escape(text: str, table: Mapping[str, str]) -> str:
    """Clean the text line by line, then write what would end it early as percent codes."""
    clean = "\n".join(one_line(line, _LINE) for line in text.strip().split("\n")[:_LINES])
    # The runner also knows an older form of command, anywhere in a line.
    return "".join(table.get(character, character) for character in clean.replace("##[", "## ["))
