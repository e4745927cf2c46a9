"""The one thing to do next."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.exporters.next_step import again, next_step
from grader.model.outcome import Outcome
from tests.unit.exporters import reports

STAR = reports.check("phase1.jwt.star", "Reuse is seen.", Outcome.FAIL, star=True)
BLOCKED = reports.check("phase1.jwt.b", "B.", Outcome.BLOCKED, "no Docker engine answers")
ERROR = reports.check("phase1.jwt.e", "E.", Outcome.ERROR, "KeyError")
PASS = reports.check("phase1.jwt.p", "P.")


@pytest.mark.parametrize(
    ("report", "start", "command"),
    [
        (reports.all_pass(), "Everything passes", "grade status"),
        (reports.starter(), "Make this pass: The routes of Data models answer.", "grade hint phase1.models"),
        (
            reports.mixed(),
            "Make this pass first, it is from an earlier phase: The health path",
            "grade hint phase0.start",
        ),
        (reports.worker_gone(), "Keep the process `worker` running", "grade phase1"),
        (reports.problem(), "Mend what is said above", "grade phase1"),
        (reports.ours(), "This is not your fault", "grade doctor"),
        (
            reports.report(reports.part(PASS, STAR)),
            "All core checks pass. For the next star",
            "grade hint phase1.jwt",
        ),
        (
            reports.report(reports.part(PASS, BLOCKED)),
            "Some checks could not be tried here: no Docker",
            "grade doctor",
        ),
        (reports.report(reports.part(PASS, ERROR, BLOCKED)), "Nothing here is yours to mend", "grade doctor"),
        (
            reports.report(reports.part(PASS, regressions=(reports.mixed().exercises[0].regressions))),
            "Make this pass first, it is from an earlier phase: The health path answers.",
            "grade hint phase0.start",
        ),
    ],
)
def test_step(report: object, start: str, command: str) -> None:
    """The most pressing thing, and the command that begins it."""
    step = next_step(report)
    assert step.sentence.startswith(start)
    assert step.commands[0][0] == command


@pytest.mark.parametrize(
    ("kind", "target", "command"),
    [
        ("own", "starters/x", "grade phase1.jwt"),
        ("solution", "solutions/x", "grade phase1.jwt --solution"),
        ("directory", "my app", "grade phase1.jwt --target 'my app'"),
        ("url", "http://localhost:3000", "grade phase1.jwt --url http://localhost:3000"),
    ],
)
def test_again_means_the_same_target(kind: str, target: str, command: str) -> None:
    """A command that can be pasted."""
    assert again(replace(reports.mixed(), kind=kind, target=target), "phase1.jwt") == command
