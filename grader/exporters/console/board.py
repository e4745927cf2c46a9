"""The final board: what was graded, line by line, then what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from grader.exporters.console.failures import draw_findings, heading
from grader.exporters.console.parts import Quote, draw_commands
from grader.exporters.console.terminal import NARROW
from grader.exporters.findings import findings
from grader.exporters.next_step import next_step
from grader.exporters.printable import one_line, printable
from grader.exporters.words import MARKS, NOT_YOUR_FAULT, TICKS, again, count, duration, label
from grader.model.outcome import Outcome, Tick
from grader.model.problem import Blame

if TYPE_CHECKING:
    from rich.console import Console

    from grader.model.problem import Problem
    from grader.model.report import ExerciseReport, LineResult, Report

_PROBLEM_LINES = 20
_HEADS = ("outcome", "line", "", "stars", "progress.md")
_TITLE_WIDTH = 44
_TICK_STYLES = {Tick.NEW: "pass", Tick.LOST: "fail", Tick.KEPT: "quiet", Tick.NO: ""}


def draw_board(console: Console, report: Report, why: str = "") -> None:
    """Draw the whole report; `why` says how its runtime was chosen."""
    for part in report.exercises:
        _draw_head(console, report, part, why)
        if part.problem:
            console.print()
            console.print(_problem_panel(part.problem))
        if not _stopped_before_checks(part):
            _draw_lines(console, part)
            draw_findings(console, report, findings(part))
    _draw_next(console, report)
    _draw_foot(console, report)


def _draw_head(console: Console, report: Report, part: ExerciseReport, why: str) -> None:
    console.print()
    console.print(Text.assemble((part.exercise, "bold"), " · ", (one_line(part.title), "bold")))
    runtime = f"{report.runtime} ({one_line(why)})" if why else report.runtime
    facts = f"{one_line(report.target)} · {runtime} · seed {report.seed}"
    partly = "" if part.whole else " · only a part, so nothing is ticked"
    console.print(Text(f"{facts}{partly}", style="quiet"))


def _draw_lines(console: Console, part: ExerciseReport) -> None:
    if part.lines:  # none where single checks were asked for
        console.print()
        console.print(_lines_table(console, part))
    if told := again(part):
        console.print(Text(told, style="quiet"))


def _stopped_before_checks(part: ExerciseReport) -> bool:
    """Tell whether the problem says it all: no check came to a result of its own."""
    tried = {check.outcome for check in part.checks} - {Outcome.BLOCKED}
    return part.problem is not None and not tried


def _problem_panel(problem: Problem) -> Panel:
    ours = problem.blame is Blame.OURS
    rows: list[Text | Quote] = [Text(printable(problem.message), style="bold")]
    if ours:
        rows.append(Text(NOT_YOUR_FAULT))
    if problem.log:
        rows += [Text(), Quote(problem.log, _PROBLEM_LINES)]
    if problem.remedy:
        rows += [Text(), Text.assemble(("▸ ", "bold"), (printable(problem.remedy), "command"))]
    style = "error" if ours else "fail"
    title = Text(f"stopped at: {one_line(problem.stage, 120)}", style=style)
    return Panel(Group(*rows), title=title, title_align="left", border_style=style, padding=(1, 2))


def _lines_table(console: Console, part: ExerciseReport) -> Table:
    narrow = console.width < NARROW
    rows = [_row(line, narrow=narrow) for line in part.lines]
    shape = None if narrow else box.SIMPLE_HEAD
    table = Table(box=shape, show_header=not narrow, padding=(0, 1), pad_edge=False, show_edge=False)
    used = [column for column, texts in enumerate(zip(*rows, strict=True)) if any(map(str, texts))]
    for column in used:
        table.add_column(_HEADS[column], overflow="fold", no_wrap=column == 0, max_width=_TITLE_WIDTH)
    for row in rows:
        table.add_row(*(row[column] for column in used))
    return table


def _row(line: LineResult, *, narrow: bool) -> list[Text]:
    """Return the cells under `_HEADS`; a narrow terminal gets no words for outcome and title."""
    mark = MARKS[line.outcome]
    outcome = Text(mark if narrow else f"{mark} {line.outcome.value}", style=line.outcome.value)
    title = Text("" if narrow else one_line(label(line.title), 120))
    stars = f"★ {line.stars_earned}/{line.stars_of}" if line.stars_of else ""
    tick = Text(TICKS[line.ticked], style=_TICK_STYLES[line.ticked])
    return [outcome, Text(line.id), title, Text(stars, style="star" if line.stars_earned else "quiet"), tick]


def _draw_next(console: Console, report: Report) -> None:
    step = next_step(report)
    heading(console, "Next", "command")
    console.print(Text(step.sentence))
    draw_commands(console, step.commands)
    console.print()


def _draw_foot(console: Console, report: Report) -> None:
    lines = [line for part in report.exercises for line in part.lines]
    for tick, words in ((Tick.NEW, "Ticked in progress.md"), (Tick.LOST, "No longer ticked in progress.md")):
        if ids := [line.id for line in lines if line.ticked is tick]:
            console.print(Text.assemble((f"{words}: ", _TICK_STYLES[tick]), ", ".join(ids)))
    for note in report.notes:
        console.print(Text(printable(note)))
    console.print(Text.assemble(*_tally(report), (_times(report), "quiet")))


def _tally(report: Report) -> list[tuple[str, str]]:
    """Return how many checks came to what, each in its colour."""
    parts = [part for part in report.exercises if not _stopped_before_checks(part)]
    checks = [check.outcome for part in parts for check in part.checks]
    present = [outcome for outcome in Outcome if outcome in checks]
    counts = [
        (f"{MARKS[outcome]} {checks.count(outcome)} {outcome.value}  ", outcome.value) for outcome in present
    ]
    return [(f"{count(len(checks), 'check')}:  ", ""), *counts] if checks else []


def _times(report: Report) -> str:
    suite = sum(part.suite_seconds for part in report.exercises)
    of_it = f", {duration(suite)} of it in checks" if suite else ""
    return f"{duration(report.seconds)} in all{of_it}"
