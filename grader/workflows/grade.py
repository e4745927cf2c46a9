"""Grades exercises: copy, build, start, run the checks, write ticks, and return the report."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from grader import __version__
from grader.content import layers
from grader.model.outcome import Outcome
from grader.model.problem import StoppedError
from grader.model.report import ExerciseReport, Report
from grader.workflows import runs, session, ticks, verdicts
from grader.workflows.subjects import Kind, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from grader.content.catalog import Catalog, Selection
    from grader.model.events import Listener
    from grader.model.target import Target
    from grader.workflows.places import Places


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a person asked for.

    `runtime` is a name of the registry or `auto`; `keep` is called with the live target before it is
    torn down (for people who want to look into it).
    """

    ids: tuple[str, ...]
    subject: Subject
    runtime: str = "auto"
    tick: bool = True
    seed: int
    keep: Callable[[Target], None] | None = field(default=None, compare=False)


def grade(request: Request, catalog: Catalog, where: Places, listen: Listener) -> Report:
    """Grade what was asked for. Raises `StoppedError` for usage errors.

    Anything else that stops an exercise, a folder that is busy too, is in its part of the report.
    """
    began, started = time.monotonic(), datetime.now(UTC)
    selections = catalog.resolve(request.ids)
    runs.sweep(where)
    parts: list[ExerciseReport] = []
    notes: list[str] = []
    runtime = request.runtime
    for selection in selections:
        graded = _one(request, selection, catalog, where, listen)
        runtime = graded.runtime
        part, more = _ticked(request, graded, catalog)
        parts.append(part)
        notes += [*more, *_onwards(request, part, catalog)]
    return Report(
        grader=__version__,
        target=_target_name(request, catalog, selections),
        kind=request.subject.kind.value,
        runtime=runtime,
        seed=request.seed,
        started=started,
        seconds=round(time.monotonic() - began, 3),
        outcome=verdicts.outcome_of(parts) if parts else Outcome.ERROR,
        exercises=tuple(parts),
        notes=tuple(notes),
    )


def _one(
    request: Request, selection: Selection, catalog: Catalog, where: Places, listen: Listener
) -> session.Graded:
    asked = session.job_of(selection, catalog, request.subject, request.runtime, request.seed)
    job = replace(asked, keep=request.keep)
    if request.subject.kind is not Kind.OWN:
        return session.grade(job, where, listen)
    try:
        with runs.only_one(where, catalog.starter(selection.exercise)):
            return session.grade(job, where, listen)
    except StoppedError as stop:
        # Of several exercises, those graded before must not be lost.
        return session.halted(job, stop, request.runtime)


def _ticked(
    request: Request, graded: session.Graded, catalog: Catalog
) -> tuple[ExerciseReport, tuple[str, ...]]:
    """Return the part with what became of its checkboxes, and notes for people."""
    part = graded.part
    if not request.tick or part.problem is not None or request.subject.kind not in {Kind.OWN, Kind.URL}:
        return part, ()
    proof = ticks.Proof(source=graded.source, report=_digest(part), runtime=graded.runtime)
    done = ticks.write(catalog, part.lines, proof)
    return replace(part, lines=verdicts.with_ticks(part.lines, done.ticks)), done.notes


def _onwards(request: Request, part: ExerciseReport, catalog: Catalog) -> tuple[str, ...]:
    """Return how to begin what stands on a phase of the learner's that is done; stars may be missing."""
    done = part.whole and verdicts.outcome_of([part]) is Outcome.PASS
    if not done or request.subject.kind is not Kind.OWN:
        return ()
    try:
        above = [one for one in catalog.outlines() if one.stacks_on == part.exercise]
    except StoppedError:  # of an exercise that nobody asked for
        return ()
    return tuple(
        f"{part.exercise} is done. Go on with {one.title}: grade start {one.id}"
        for one in above
        if not layers.is_started(catalog, one)
    )


def _digest(part: ExerciseReport) -> str:
    return hashlib.sha256(json.dumps(asdict(part), default=str).encode()).hexdigest()


def _target_name(request: Request, catalog: Catalog, selections: Sequence[Selection]) -> str:
    return ", ".join(request.subject.name(catalog, selection.exercise) for selection in selections)
