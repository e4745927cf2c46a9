"""`grade [ID]...`: the request from the options, the views and exporters around the run."""

from __future__ import annotations

import os
import secrets
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from grader import __version__
from grader.cli.door import problem_of
from grader.cli.outlets import Outlet
from grader.content.catalog import Catalog, find_root
from grader.exporters.console.view import ConsoleView
from grader.exporters.registry import exporter
from grader.model.report import Report
from grader.workflows import keeping, started, verdicts
from grader.workflows.grade import Request, grade
from grader.workflows.places import places
from grader.workflows.subjects import Kind, Subject

if TYPE_CHECKING:
    import argparse

MAX_SEED = 1 << 32


def run(options: argparse.Namespace) -> int:
    """Grade and return the exit code."""
    if options.version:
        print(__version__)
        return 0
    outlets = _outlets(options)
    for outlet in outlets:
        outlet.require()
    people = sys.stderr if options.json == "-" else sys.stdout
    began, clock = datetime.now(UTC), time.monotonic()
    view = ConsoleView(people)
    try:
        report = _graded(options, view)
    except BaseException as error:
        # Whoever reads the document learns from it, too, why there are no results.
        unfinished = _unfinished(options, error, began, time.monotonic() - clock)
        _export(options, [one for one in outlets if one.exporter == "json"], unfinished)
        raise
    with ExitStack() as after:
        after.callback(_export, options, outlets, report)
        view.export(report)
    return verdicts.exit_code(report.exercises)


def _graded(options: argparse.Namespace, view: ConsoleView) -> Report:
    root = find_root(Path.cwd() if "GRADE_ROOT" in os.environ else Path(__file__).parent)
    catalog = Catalog(root)
    request = Request(
        ids=started.expand(options.ids, catalog),
        subject=subject_of(options),
        runtime=options.runtime,
        tick=not options.no_tick,
        seed=seed_of(options),
        keep=keeping.until_interrupted if options.keep else None,
    )
    with view:
        return grade(request, catalog, places(root), view)


def subject_of(options: argparse.Namespace) -> Subject:
    """Return what the options say is to be graded."""
    # An empty one (an unset variable in a script) must not fall back to the learner's own folder.
    if getattr(options, "url", None) is not None:
        return Subject(kind=Kind.URL, url=options.url.rstrip("/"))
    if getattr(options, "target", None) is not None:
        return Subject(kind=Kind.DIRECTORY, folder=Path(options.target))
    if getattr(options, "solution", False):
        return Subject(kind=Kind.SOLUTION)
    if getattr(options, "starter", False):
        return Subject(kind=Kind.STARTER)
    return Subject(kind=Kind.OWN)


def seed_of(options: argparse.Namespace) -> int:
    """Return the seed asked for, or a new one."""
    return secrets.randbelow(MAX_SEED) if options.seed is None else int(options.seed)


def _outlets(options: argparse.Namespace) -> list[Outlet]:
    json = [Outlet("json", Path(options.json))] if options.json not in {None, "-"} else []
    markdown = [Outlet("markdown", Path(options.markdown), appended=True)] if options.markdown else []
    return [*json, *markdown]


def _export(options: argparse.Namespace, outlets: list[Outlet], report: Report) -> None:
    """Write everything that was asked for, also where one of it fails; raises the first such failure."""
    with ExitStack() as stack:
        # Called in the opposite order: what people and programs read on stdout comes first.
        for outlet in reversed(outlets):
            stack.callback(outlet.write, report)
        if options.annotations:
            file = sys.stderr if options.json == "-" else sys.stdout
            stack.callback(exporter("annotations", file).export, report)
        if options.json == "-":
            stack.callback(exporter("json", sys.stdout).export, report)


def _unfinished(options: argparse.Namespace, error: BaseException, began: datetime, seconds: float) -> Report:
    """Return the report of a run that ended before it had results."""
    problem = problem_of(error)
    return Report(
        grader=__version__,
        target=options.url or options.target or "",
        kind=subject_of(options).kind.value,
        runtime=options.runtime,
        seed=options.seed or 0,
        started=began,
        seconds=round(seconds, 3),
        outcome=verdicts.outcome_of_problem(problem),
        exercises=(),
        problem=problem,
    )
