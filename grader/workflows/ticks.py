"""Writes what a run proved into the history, then into progress.md; never the other way round."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from grader.content import history, progress_edit
from grader.model.outcome import Outcome, Tick
from grader.model.problem import StoppedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grader.content.catalog import Catalog
    from grader.model.report import LineResult


@dataclass(frozen=True, kw_only=True)
class Ticked:
    """What became of each line's checkbox, and sentences for people about what did not go as usual."""

    ticks: Mapping[str, Tick] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What a tick stands on: the graded source's and the report's SHA-256, and the runtime."""

    source: str
    report: str
    runtime: str


def write(catalog: Catalog, lines: Sequence[LineResult], proof: Proof) -> Ticked:
    """Tick the lines that pass and untick those that fail; blocked and error change nothing.

    A progress.md that cannot be changed is a note, not an exception: the results stand.
    """
    changes = {
        line.id: line.outcome is Outcome.PASS
        for line in lines
        if line.outcome in {Outcome.PASS, Outcome.FAIL}
    }
    if not changes:
        return Ticked()
    try:
        history.History(catalog.root).append([_entry(line, proof) for line in lines])
        edit = progress_edit.apply(catalog.progress, changes, catalog.titles())
    except StoppedError as stop:
        return Ticked(notes=(f"{stop.problem.message} {stop.problem.remedy}".strip(),))
    kept = {line: Tick.KEPT for line in edit.unchanged if changes[line]}
    return Ticked(
        ticks={**dict.fromkeys(edit.ticked, Tick.NEW), **dict.fromkeys(edit.unticked, Tick.LOST), **kept},
        notes=tuple(f"progress.md has no line for {line}, so it was not ticked." for line in edit.missing),
    )


def _entry(line: LineResult, proof: Proof) -> history.Entry:
    return history.Entry(
        when=datetime.now(UTC),
        line=line.id,
        outcome=line.outcome,
        source=proof.source,
        report=proof.report,
        runtime=proof.runtime,
        stars_earned=line.stars_earned,
        stars_of=line.stars_of,
    )
