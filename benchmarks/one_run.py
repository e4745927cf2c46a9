"""Grades the solution once and prints how long its suite took, in seconds: `one_run.py RUNTIME ID`."""

from __future__ import annotations

import sys

from benchmarks.measure import ROOT
from grader.content.catalog import Catalog
from grader.workflows.grade import Request, grade
from grader.workflows.places import places
from grader.workflows.subjects import Kind, Subject
from grader.workflows.verdicts import exit_code


def main(runtime: str, what: str) -> int:
    """Run and print; the exit code is the run's."""
    request = Request(ids=(what,), subject=Subject(kind=Kind.SOLUTION), runtime=runtime, tick=False, seed=1)
    report = grade(request, Catalog(ROOT), places(ROOT), lambda _event: None)
    print(sum(part.suite_seconds for part in report.exercises))
    return exit_code(report.exercises)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
