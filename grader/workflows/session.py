"""One exercise on one running app: from a private copy to the results of its checks."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from grader.model.events import RunStarted
from grader.model.outcome import Outcome
from grader.model.problem import Blame, StoppedError, stopped
from grader.model.report import ExerciseReport
from grader.model.target import Target
from grader.runtimes import plugins, registry
from grader.runtimes.base import AppSource, RunContext
from grader.suite import runner
from grader.suite.plan import Plan
from grader.workflows import runs, subjects, verdicts
from grader.workflows.evidence import Witness
from grader.workflows.subjects import Kind, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from grader.content.catalog import Catalog, Selection
    from grader.model.events import Listener
    from grader.model.exercise import Check, Exercise, Line
    from grader.model.report import CheckResult
    from grader.runtimes.base import Runtime
    from grader.workflows.places import Places


PLUGINS = "plugins"
"""The folder of an exercise whose files go into the app."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One exercise to grade; `checks` are those to run, `lines` those they prove as wholes.

    `gates` are checks of the phases below, run first: what they find broken need not fail the exercise's own
    checks as well, and is told as a regression.
    `prepared` replaces the copying of the subject: it fills a folder that does not exist yet and returns
    the digest (for mutants and variants).
    """

    catalog: Catalog
    exercise: Exercise
    lines: tuple[Line, ...]
    checks: tuple[Check, ...]
    whole: bool
    subject: Subject
    runtime: str
    seed: int
    gates: tuple[Check, ...] = ()
    keep: Callable[[Target], None] | None = field(default=None, compare=False)
    prepared: Callable[[Path], str] | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class Graded:
    """What came of a job: its part of the report, the runtime that was used, the source's SHA-256."""

    part: ExerciseReport
    runtime: str
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Live:
    """A running app, ready for a suite."""

    runtime: Runtime
    target: Target
    folder: Path
    source: str


def job_of(selection: Selection, catalog: Catalog, subject: Subject, runtime: str, seed: int) -> Job:
    """Return the job of what was asked for; gates belong to an exercise as a whole."""
    return Job(
        catalog=catalog,
        exercise=selection.exercise,
        lines=selection.lines,
        checks=selection.checks,
        whole=selection.whole,
        subject=subject,
        runtime=runtime,
        seed=seed,
        gates=catalog.gates(selection.exercise) if selection.whole else (),
    )


def grade(job: Job, where: Places, listen: Listener) -> Graded:
    """Run the job; a problem that stops it is in the report's part, never raised."""
    began = time.monotonic()
    name, why = registry.choose("url" if job.subject.kind is Kind.URL else job.runtime)
    listen(
        RunStarted(
            exercise=job.exercise,
            target=job.subject.name(job.catalog, job.exercise),
            runtime=name,
            why=why,
            seed=job.seed,
        )
    )
    try:
        with live(job, name, where, listen) as app:
            part = _run_checks(job, app, listen)
            if job.keep is not None:
                job.keep(app.target)
            source = app.source
    except StoppedError as stop:
        return halted(job, stop, name, time.monotonic() - began)
    seconds = round(time.monotonic() - began, 3)
    return Graded(part=_timed(part, seconds), runtime=name, source=source)


@contextmanager
def live(job: Job, runtime_name: str, where: Places, listen: Listener) -> Iterator[Live]:
    """Copy, build and start the app; tear everything down at the end. Raises `StoppedError`."""
    with runs.new_run(where) as (run, folder):
        context = RunContext(id=run, folder=folder, cache=where.cache, seed=job.seed, emit=listen)
        runtime = registry.create(runtime_name, context, url=job.subject.url)
        try:
            problem = runtime.probe()
            if problem is not None:
                raise StoppedError(problem)
            source, digest = _source(job, folder)
            build = runtime.build(source)
            instance = runtime.start(build, job.exercise.services, _variables(job))
            target = Target(
                exercise=job.exercise.id,
                runtime=runtime_name,
                app=instance,
                powers=runtime.powers,
                seed=job.seed,
            )
            yield Live(runtime=runtime, target=target, folder=folder, source=digest)
        finally:
            runtime.close()


def plan_for(job: Job, target: Target, folder: Path) -> Plan:
    """Return what the suite's child is told; `folder` is a private one for it to stand in."""
    chain = job.catalog.chain(job.exercise)
    support = tuple(
        (exercise.id, path) for exercise in chain if (path := exercise.root / "support.py").is_file()
    )
    return Plan(
        root=job.catalog.root,
        folder=folder,
        checks=(*job.gates, *job.checks),
        support=support,
        target=target,
        check_seconds=job.exercise.limits.check,
    )


def _source(job: Job, folder: Path) -> tuple[AppSource, str]:
    """Return what to build, with the exercise's own files in it, and the digest of it without them."""
    app = folder / "app"
    if job.subject.kind is Kind.URL:
        app.mkdir()
        digest = ""
    elif job.prepared is not None:
        digest = job.prepared(app)
    else:
        digest = subjects.copy(job.subject, job.catalog, job.exercise, app)
    folders = [exercise.root / PLUGINS for exercise in job.catalog.chain(job.exercise)]
    files = [path for one in folders for path in sorted(one.glob("*")) if path.is_file()]
    names, whole = plugins.copy_in(files, app, digest)
    source = AppSource(
        root=app,
        digest=whole,
        app=job.exercise.app,
        limits=job.exercise.limits,
        plugins=names,
        faults=job.exercise.faults,
    )
    return source, digest


def _variables(job: Job) -> Mapping[str, str]:
    """Return what the app is given; of a service that already runs, what the caller's environment tells."""
    if job.subject.kind is not Kind.URL:
        return job.exercise.env
    return {name: os.environ[name] for name in job.exercise.env if name in os.environ}


def _run_checks(job: Job, app: Live, listen: Listener) -> ExerciseReport:
    stand = app.folder / "suite"
    stand.mkdir()
    witness = Witness(app.runtime, app.target.app, job.exercise, listen)
    run = runner.run(plan_for(job, app.target, stand), witness.answer, witness.hear)
    everything = tuple(_pointed(job, witness.attached(result)) for result in run.results)
    problem = None
    if run.complaint:
        problem = stopped(
            Blame.OURS,
            "suite",
            f"The checks did not run as planned: {run.complaint}.",
            "Run it again; if it stays, report it with the lines above.",
            run.output,
            job.exercise.id,
        ).problem
    gates, results = everything[: len(job.gates)], everything[len(job.gates) :]
    # Where nothing could run, the problem says it once; a list of errors would only repeat it.
    mute = problem is not None and all(result.outcome is Outcome.ERROR for result in everything)
    return ExerciseReport(
        exercise=job.exercise.id,
        title=job.exercise.title,
        brief=_brief(job, job.exercise),
        lines=tuple(verdicts.line_result(line, results) for line in job.lines),
        checks=() if mute else results,
        regressions=() if mute else gates,
        problem=problem,
        whole=job.whole,
        suite_seconds=round(run.seconds, 3),
    )


def _pointed(job: Job, result: CheckResult) -> CheckResult:
    """Return the result with the place in the brief where its line is described, unless it passed."""
    if result.outcome is Outcome.PASS:
        return result
    lines = ((item, line) for item in job.catalog.chain(job.exercise) for line in item.lines)
    exercise, line = next((item, line) for item, line in lines if line.id == result.line)
    return replace(result, hint=f"{_brief(job, exercise)}#{line.brief}")


def _brief(job: Job, exercise: Exercise) -> str:
    return str((exercise.root / "README.md").relative_to(job.catalog.root))


def halted(job: Job, stop: StoppedError, runtime: str, seconds: float = 0.0) -> Graded:
    """Return what came of a job that was stopped before its checks."""
    problem = replace(stop.problem, exercise=job.exercise.id)
    part = ExerciseReport(
        exercise=job.exercise.id,
        title=job.exercise.title,
        brief=_brief(job, job.exercise),
        lines=verdicts.halted(job.lines, problem),
        problem=problem,
        whole=job.whole,
        seconds=round(seconds, 3),
    )
    return Graded(part=part, runtime=runtime)


def _timed(part: ExerciseReport, seconds: float) -> ExerciseReport:
    return replace(part, seconds=seconds)
