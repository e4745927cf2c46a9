"""Annotations are few, ordered, and nobody else's commands."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest

from grader.exporters.annotations import AnnotationsExporter
from grader.model.outcome import Outcome
from tests.unit.exporters import reports

COMMAND = re.compile(r"::(error|notice) file=([^:,]+),line=(\d+),title=([^:,]*)::(.*)")


def commands(report: object, **options: object) -> list[tuple[str, ...]]:
    """The commands, taken apart as the runner does."""
    text = AnnotationsExporter(io.StringIO(), **options).render(report)
    return [COMMAND.fullmatch(line).groups() for line in text.splitlines()]


def test_most_important_first() -> None:
    """Core, regression, error, star."""
    titles = [(level, title.partition("%3A")[0]) for level, _, _, title, _ in commands(reports.mixed())]
    assert titles == [
        ("error", "phase1.jwt"),
        ("error", "phase0.start"),
        ("error", "phase1.crud"),
        ("notice", "phase1.models"),
    ]


def test_a_line_has_its_place() -> None:
    """Where the tick is, when that is known; else the brief."""
    found = commands(reports.mixed(), places={"phase1.jwt": ("progress.md", 12)})
    assert found[0][1:3] == ("progress.md", "12")
    assert found[1][1:3] == ("phases/phase1-rest-api/README.md", "1")


def test_at_most_ten() -> None:
    """Twenty failures, the worst of them."""
    many = (reports.check(f"phase1.jwt.{n}", "S.", Outcome.FAIL, star=True) for n in range(20))
    core = reports.check("phase1.jwt.core", "C.", Outcome.FAIL)
    found = commands(reports.report(reports.part(*many, core)))
    assert (len(found), found[0][0]) == (10, "error")


@pytest.mark.parametrize("name", ["hostile", "problem", "ours"])
def test_only_our_commands(name: str) -> None:
    """No text breaks out of its command."""
    for *_, title, message in commands(reports.ALL[name]()):
        assert not re.search(r"%(?!25|0A|3A|2C)", title + message)
        assert "##[" not in title + message


def test_a_strange_place_is_escaped() -> None:
    """Colon and comma end a property."""
    part = replace(reports.mixed().exercises[0], brief="a,b:c%.md")
    text = AnnotationsExporter(io.StringIO()).render(reports.report(part))
    assert text.startswith("::error file=a%2Cb%3Ac%25.md,line=1,")
