"""`grade [ID]...`: the request from the options, the views and exporters around the run."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from grader import __version__
from grader.content.catalog import Catalog, find_root
from grader.exporters.console.view import ConsoleView
from grader.exporters.registry import exporter
from grader.model.problem import Blame, stopped
from grader.workflows import keeping, started, verdicts
from grader.workflows.grade import Request, grade
from grader.workflows.places import places
from grader.workflows.subjects import Kind, Subject

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from grader.model.report import Report

MAX_SEED = 1 << 32


def run(options: argparse.Namespace) -> int:
    """Grade and return the exit code."""
    if options.version:
        print(__version__)
        return 0
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
    with _json_file(options.json) as json_file:
        people = sys.stderr if json_file is sys.stdout else sys.stdout
        view = ConsoleView(people)
        with view:
            report = grade(request, catalog, places(root), view)
        view.export(report)
        _export(options, report, json_file)
    return verdicts.exit_code(report.exercises)


def subject_of(options: argparse.Namespace) -> Subject:
    """Return what the options say is to be graded."""
    if getattr(options, "url", None):
        return Subject(kind=Kind.URL, url=options.url.rstrip("/"))
    if getattr(options, "target", None):
        return Subject(kind=Kind.DIRECTORY, folder=Path(options.target))
    if getattr(options, "solution", False):
        return Subject(kind=Kind.SOLUTION)
    if getattr(options, "starter", False):
        return Subject(kind=Kind.STARTER)
    return Subject(kind=Kind.OWN)


def seed_of(options: argparse.Namespace) -> int:
    """Return the seed asked for, or a new one."""
    return secrets.randbelow(MAX_SEED) if options.seed is None else int(options.seed)


def _export(options: argparse.Namespace, report: Report, json_file: TextIO | None) -> None:
    if json_file is not None:
        exporter("json", json_file).export(report)
    if options.markdown:
        with _opened(options.markdown, "a") as file:
            exporter("markdown", file).export(report)
    if options.annotations:
        exporter("annotations", sys.stdout if json_file is not sys.stdout else sys.stderr).export(report)


@contextlib.contextmanager
def _json_file(name: str | None) -> Iterator[TextIO | None]:
    """Open the file before the run, so that a wrong path is told at once and not after minutes."""
    if name is None:
        yield None
    elif name == "-":
        yield sys.stdout
    else:
        with _opened(name, "w") as file:
            yield file


def _opened(name: str, mode: str) -> TextIO:
    try:
        return Path(name).open(mode, encoding="utf-8")  # type: ignore[return-value]
    except OSError as error:
        raise stopped(
            Blame.USAGE,
            "export",
            f"{name} cannot be written: {error.strerror}.",
            "Name a file you can write.",
        ) from None
