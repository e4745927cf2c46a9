"""The board, as people see it."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.cells import cell_len

from grader.exporters.console import ConsoleView
from tests.unit.exporters import reports
from tests.unit.exporters.golden import assert_golden

ANSI = re.compile(r"\x1b\[[0-9;]*m")
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\ud800-\udfff]")


def board(name: str, width: int = 100, **env: str) -> str:
    """The board of a report at this width."""
    file = io.StringIO()
    ConsoleView(file, {"COLUMNS": str(width), **env}).export(reports.ALL[name]())
    return file.getvalue()


@pytest.mark.parametrize("width", [100, 40])
@pytest.mark.parametrize("name", reports.ALL)
def test_golden(name: str, width: int) -> None:
    """What people see is recorded."""
    assert_golden(f"{name}_{width}.txt", board(name, width))


@pytest.mark.parametrize("width", [20, 40, 64, 100])
@pytest.mark.parametrize("name", ["all_pass", "starter", "problem", "hostile"])
def test_rows_fit(name: str, width: int) -> None:
    """But for commands, which stay unbroken to be copied."""
    made = re.sub(r"  repeat .*?(  exchange|  hint)", r"\1", board(name, width), flags=re.DOTALL)
    rows = [row for row in made.split("\n") if "grade " not in row]
    assert max(map(cell_len, rows)) <= width


def test_a_wide_terminal_does_not_stretch_it() -> None:
    """Long rows are hard to read."""
    assert max(map(cell_len, board("all_pass", 300).split("\n"))) <= 100


@pytest.mark.parametrize("width", [40, 100])
def test_hostile_text_steers_nothing(width: int) -> None:
    """With colours, the only escapes are our colours."""
    shown = board("hostile", width, FORCE_COLOR="1", TERM="xterm-256color")
    assert "\x1b[" in shown
    assert not HIDDEN.search(ANSI.sub("", shown))


@pytest.mark.parametrize("width", [20, 40, 100])
def test_no_workflow_commands(width: int) -> None:
    """Wherever a long line breaks."""
    rows = [row.strip() for row in board("hostile", width, GITHUB_ACTIONS="true").split("\n")]
    assert not any(row.startswith("::") or "##[" in row for row in rows)


def test_no_color_takes_colour_only() -> None:
    """Bold stays; no colour code is left."""
    shown = board("mixed", 100, FORCE_COLOR="1", TERM="xterm-256color", NO_COLOR="1")
    codes = {code for codes in re.findall(r"\x1b\[([0-9;]*)m", shown) for code in codes.split(";")}
    assert codes <= {"0", "1", "2"}
    assert "1" in codes


@pytest.mark.parametrize("name", reports.ALL)
def test_ascii_terminals_see_ascii(name: str) -> None:
    """No glyph is lost to an encoding error."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    ConsoleView(file, {"COLUMNS": "80"}).export(reports.ALL[name]())
    assert raw.getvalue().isascii()


def test_render_is_what_export_prints() -> None:
    """One drawing, two ways out."""
    assert ConsoleView(io.StringIO(), {"COLUMNS": "100"}).render(reports.mixed()) == board("mixed")


def test_a_problem_is_one_panel() -> None:
    """No wall of failed checks."""
    shown = board("problem")
    assert "Not tried" not in shown
    assert "phase1.jwt" not in shown


def test_check_asked_for_by_itself_is_shown_in_full() -> None:
    """There is no line to sum it up."""
    report = reports.mixed()
    part = replace(report.exercises[0], lines=(), whole=False)
    file = io.StringIO()
    ConsoleView(file, {"COLUMNS": "100"}).export(replace(report, exercises=(part,)))
    shown = file.getvalue()
    assert "phase1.jwt ──" in shown
    assert "expected" in shown
    assert "Everything passes" not in shown
