"""What did not pass: the first failure of a line in full, the others in two rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from grader.exporters.console.parts import Quote, command_field, draw_commands, field, headed, mark
from grader.exporters.next_step import how_to_report
from grader.exporters.printable import one_line, printable
from grader.exporters.words import NOT_YOUR_FAULT, blockage, duration, label
from grader.model.outcome import Outcome

if TYPE_CHECKING:
    from rich.console import Console

    from grader.exporters.findings import Findings
    from grader.model.report import CheckResult, Report

LOG_LINES = 12
EXCHANGE_LINES = 24


def draw_findings(console: Console, report: Report, found: Findings) -> None:
    """Draw everything but the passes, core before stretch, the learner's before ours."""
    for check in found.ended:
        _draw_ended(console, check)
    for line, (first, *others) in found.core:
        heading(console, " · ".join(filter(None, (line.id, label(line.title)))), "fail")
        draw_in_full(console, first)
        if others:
            console.print()
        _draw_briefly(console, others)
    if found.regressions:
        heading(console, "From an earlier phase, fails here", "fail")
        first_gate, *others = found.regressions
        draw_in_full(console, first_gate)
        if others:
            console.print()
        _draw_briefly(console, others)
    _draw_blocked(console, found)
    if found.stretch:
        heading(console, "Stars still to earn", "star")
        _draw_briefly(console, found.stretch, Text("☆", style="star"))
        console.print(Text("Stretch checks go deeper; no tick waits for them.", style="quiet"))
    if found.errors:
        _draw_errors(console, report, found.errors)


def heading(console: Console, text: str, style: str) -> None:
    """Open a section with a rule across the board."""
    console.print()
    console.print(Rule(Text(one_line(text), style="bold"), align="left", style=style))


def draw_in_full(console: Console, check: CheckResult) -> None:
    """Draw all that is known about one failure."""
    console.print(headed(mark(check.outcome), Text(one_line(check.title), style="bold")))
    console.print(Text(f"  {check.id} · {duration(check.seconds)}", style="quiet", overflow="fold"))
    evidence = check.evidence
    if check.reason and check.reason != evidence.rationale:
        console.print(Padding(Text(printable(check.reason), style="actual"), (0, 0, 0, 2)))
    console.print()
    texts = (("why", evidence.rationale, ""), ("expected", evidence.expected, "expected"))
    for name, text, style in (*texts, ("actual", evidence.actual, "actual")):
        if text:
            field(console, name, Text(printable(text), style=style, overflow="fold"))
    if evidence.curl:
        command_field(console, "repeat", evidence.curl)
    exchange = Quote(evidence.transcript, EXCHANGE_LINES, first=True)
    for name, quote in (("exchange", exchange), ("your log", Quote(evidence.log, LOG_LINES))):
        if quote.text:
            field(console, name, quote)
            console.print()
    command_field(console, "hint", f"grade hint {check.line}")
    if check.hint:
        field(console, "read", Text(printable(check.hint), overflow="fold"))


def _draw_ended(console: Console, check: CheckResult) -> None:
    """Draw the end of a process; the check during which it was noticed has no part in it."""
    heading(console, f"The process `{check.ended}` ended", "fail")
    console.print(headed(mark(check.outcome), Text(printable(check.reason), style="bold")))
    console.print(Text(f"  noticed after {check.id}", style="quiet", overflow="fold"))
    console.print()
    field(console, "expected", Text(printable(check.evidence.expected), style="expected"))
    field(console, "its log", Quote(check.evidence.log, LOG_LINES))


def _draw_briefly(
    console: Console, checks: list[CheckResult] | tuple[CheckResult, ...], glyph: Text | None = None
) -> None:
    for check in checks:
        console.print(headed(glyph or mark(check.outcome), Text(one_line(check.title))))
        reason = f"{one_line(check.reason, 200)}  " if check.reason else ""
        line = Text.assemble(reason, (check.id, "quiet"), overflow="fold")
        console.print(Padding(line, (0, 0, 0, 2)))


def _draw_blocked(console: Console, found: Findings) -> None:
    if not found.blocked:
        return
    heading(console, "Not tried", "blocked")
    for block in found.blocked:
        console.print(headed(mark(Outcome.BLOCKED), Text(one_line(blockage(block)))))


def _draw_errors(console: Console, report: Report, errors: tuple[CheckResult, ...]) -> None:
    heading(console, "Our fault, not yours", "error")
    _draw_briefly(console, errors)
    console.print(Text(f"{NOT_YOUR_FAULT} It takes no tick away. Send us the output of:"))
    draw_commands(console, how_to_report(report, errors[0].line))
    if log := errors[0].evidence.log or errors[0].evidence.actual:
        console.print(Padding(Quote(log, LOG_LINES), (0, 0, 0, 2)))
