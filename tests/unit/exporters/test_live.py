"""A run while it happens."""

from __future__ import annotations

import io
import re
from itertools import count
from pathlib import Path

import pytest

from grader.exporters.console import ConsoleView
from grader.model.events import (
    CheckEnded,
    ChecksCollected,
    CheckStarted,
    Event,
    RunStarted,
    StepEnded,
    StepOutput,
    StepStarted,
)  # fmt: skip
from grader.model.exercise import App, Check, Exercise
from tests.unit.exporters import reports
from tests.unit.exporters.golden import assert_golden


class Terminal(io.StringIO):
    """A file that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def events(report: object) -> list[Event]:
    """A run that comes to this report."""
    (part,) = report.exercises
    exercise = Exercise(
        id="phase1", name="x", kind="phase", title=part.title, root=Path(), lines=(), run_order=(), app=App()
    )
    checks = [Check(id=c.id, line=c.line, function="f", title=c.title, tier=c.tier) for c in part.checks]
    run: list[Event] = [
        RunStarted(
            exercise=exercise, target=report.target, runtime="process", why="no Docker engine answers", seed=7
        ),
        StepStarted(name="installing dependencies"),
        StepOutput(text="added 65 packages \x1b[2J"),
        StepEnded(name="installing dependencies", seconds=3.21, note="lockfile unchanged"),
        StepStarted(name="starting postgres"),
        StepEnded(name="starting postgres", seconds=1.0),
        ChecksCollected(checks=tuple(checks)),
    ]
    for check, result in zip(checks, part.checks, strict=True):
        run += [CheckStarted(check=check), CheckEnded(result=result)]
    return run


def played(file: io.StringIO, report: object, **env: str) -> str:
    """What the file holds after the run."""
    with ConsoleView(file, {"COLUMNS": "100", "TERM": "xterm", **env}, clock=count().__next__) as view:
        for event in events(report):
            view(event)
    return file.getvalue()


def test_a_log_gets_a_line_for_each_event() -> None:
    """Without a terminal, nothing is drawn over."""
    assert_golden("run_plain.txt", played(io.StringIO(), reports.mixed()))


@pytest.mark.parametrize("env", [{"CI": "true"}, {"TERM": "dumb"}])
def test_some_terminals_get_plain_lines(env: dict[str, str]) -> None:
    """CI and dumb terminals cannot go back a line."""
    shown = played(Terminal(), reports.mixed(), **env)
    assert "\x1b[2K" not in shown
    assert "✗ phase1.jwt.expires" in re.sub(r"\x1b\[[0-9;]*m", "", shown)


@pytest.mark.parametrize("env", [{}, {"NO_COLOR": "1"}])
def test_a_terminal_is_drawn_over(env: dict[str, str]) -> None:
    """The cursor goes up, lines are wiped, and it is shown again at the end."""
    shown = played(Terminal(), reports.mixed(), **env)
    assert "\x1b[2K" in shown
    assert shown.rstrip().endswith("\x1b[?25h") or shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")


def test_the_cursor_comes_back_after_an_interrupt() -> None:
    """However the run ended."""
    file = Terminal()
    view = ConsoleView(file, {"COLUMNS": "80", "TERM": "xterm"})
    view.__enter__()
    view(StepStarted(name="x"))
    view.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert file.getvalue().rindex("\x1b[?25h") > file.getvalue().rindex("\x1b[?25l")


@pytest.mark.parametrize("width", ["10", "40", "100"])
def test_hostile_runs_steer_nothing(width: str) -> None:
    """Titles, reasons and step output are a service's words."""
    shown = played(Terminal(), reports.hostile(), COLUMNS=width)
    assert "\x1b[2J" not in shown
    assert "\x1b]" not in shown
    assert "\u202e" not in shown


def test_the_board_tells_why_the_runtime_was_chosen() -> None:
    """Only the run's start knows."""
    file = io.StringIO()
    view = ConsoleView(file, {"COLUMNS": "100"})
    view(events(reports.mixed())[0])
    assert "process (no Docker engine answers)" in view.render(reports.mixed())
