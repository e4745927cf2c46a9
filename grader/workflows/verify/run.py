"""Runs the trials of exercises, a few at a time, and collects what came of them."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.model.outcome import Outcome
from grader.model.verify import VerifyResult
from grader.workflows import runs, session
from grader.workflows.subjects import Kind
from grader.workflows.subjects import Subject as Graded
from grader.workflows.verify import audit
from grader.workflows.verify.trials import named, trials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from grader.content.catalog import Catalog
    from grader.model.exercise import Exercise
    from grader.workflows.places import Places
    from grader.workflows.verify.trials import Trial


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to verify: `runtimes` by name; `names` of trials, all if empty; `jobs` apps at the same time."""

    exercises: tuple[Exercise, ...]
    runtimes: tuple[str, ...]
    full: bool
    sample: bool
    seed: int
    names: tuple[str, ...] = ()
    jobs: int = 0


def verify(
    request: Request, catalog: Catalog, where: Places, tell: Callable[[VerifyResult], None]
) -> list[VerifyResult]:
    """Verify and return every record; `tell` hears each as soon as it is there."""
    runs.sweep(where)
    results: list[VerifyResult] = []
    for result in _results(request, catalog, where):
        tell(result)
        results.append(result)
    return results


def _results(request: Request, catalog: Catalog, where: Places) -> Iterator[VerifyResult]:
    for exercise in request.exercises:
        if not request.names and not request.sample:
            yield audit.inspect(catalog, exercise)
        for runtime in request.runtimes:
            found = _trials(request, catalog, exercise, runtime)
            yield from _all(request, found, runtime, catalog, where)


def _trials(request: Request, catalog: Catalog, exercise: Exercise, runtime: str) -> list[Trial]:
    """Return what to try in a runtime.

    Which checks of other lines a mutant fails is a matter of the mutant and the checks, so the first
    runtime finds it out for all; in the others it only has to be killed.
    """
    every_check = request.full and runtime == request.runtimes[0]
    times = 3 if request.full else 1
    found = trials(catalog, exercise, times=times, every_check=every_check, sample=request.sample)
    return named(list(found), request.names) if request.names else list(found)


def _all(
    request: Request, found: Sequence[Trial], runtime: str, catalog: Catalog, where: Places
) -> Iterator[VerifyResult]:
    """Yield the records in the trials' order.

    The first trial runs by itself: it fills the caches that the others then share. Of the others there is
    one more than there are cores, since a trial waits for starts and ends a quarter of its time.
    """
    numbered = list(enumerate(found))

    def attempt(item: tuple[int, Trial]) -> VerifyResult:
        number, trial = item
        return _try(trial, runtime, request.seed + number, catalog, where)

    yield attempt(numbered[0])
    with ThreadPoolExecutor(request.jobs or (os.cpu_count() or 1) + 1) as pool:
        try:
            yield from pool.map(attempt, numbered[1:])
        finally:
            pool.shutdown(cancel_futures=True)


def _try(trial: Trial, runtime: str, seed: int, catalog: Catalog, where: Places) -> VerifyResult:
    began = time.monotonic()
    job = session.Job(
        catalog=catalog,
        exercise=trial.exercise,
        lines=trial.exercise.lines,
        checks=trial.checks,
        whole=True,
        subject=Graded(kind=Kind.SOLUTION),
        runtime=runtime,
        seed=seed,
        gates=trial.gates,
        prepared=trial.fill,
    )
    part = session.grade(job, where, lambda _event: None).part
    complaint = trial.judge(part)
    return VerifyResult(
        exercise=trial.exercise.id,
        subject=trial.subject,
        name=trial.name,
        ok=not complaint,
        runtime=runtime,
        message=complaint,
        checks={check.id: Outcome(check.outcome) for check in (*part.regressions, *part.checks)},
        expected=trial.expected,
        seconds=round(time.monotonic() - began, 1),
    )
