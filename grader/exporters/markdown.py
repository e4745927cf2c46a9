"""A job summary in GitHub's Markdown: a table of lines, then the failures behind disclosure triangles."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from grader.exporters.base import TextExporter
from grader.exporters.findings import findings
from grader.exporters.next_step import next_step
from grader.exporters.printable import one_line, printable
from grader.exporters.words import NOT_YOUR_FAULT, TICKS, again, blockage, duration, label
from grader.model.problem import Blame

if TYPE_CHECKING:
    from grader.model.report import CheckResult, ExerciseReport, Report

LIMIT = 64 * 1024
_INLINE_LIMIT = 200
_EMOJI = {"pass": "✅", "fail": "❌", "blocked": "⏸️", "error": "⚠️"}
_SPECIAL = re.compile(r"[!-/:-@\[-`{-~]")


class MarkdownExporter(TextExporter):
    """Writes the summary, at most 64 KB; what does not fit is counted instead of shown."""

    def render(self, report: Report) -> str:
        """Return the summary with as many failures in detail as fit."""
        details = sum(len(_failures(part)) for part in report.exercises)
        text = _render(report, details)
        while len(text.encode()) > LIMIT and details:
            details //= 2
            text = _render(report, details)
        return text


def _render(report: Report, details: int) -> str:
    parts = []
    for part in report.exercises:
        failures = _failures(part)
        parts.append((part, findings(part).blocked, failures[:details], len(failures[details:])))
        details = max(details - len(failures), 0)
    template = _environment().get_template("summary.md.j2")
    return template.render(report=report, parts=parts, next=next_step(report), ours=Blame.OURS)


def _failures(part: ExerciseReport) -> list[CheckResult]:
    found = findings(part)
    core = [check for _, checks in found.core for check in checks]
    return [*found.ended, *core, *found.regressions, *found.errors, *found.stretch]


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("grader.exporters"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(inline=inline, block=block, duration=duration, label=label)
    environment.filters.update(blockage=blockage, again=again)
    environment.globals.update(emoji=_EMOJI, ticks=TICKS, not_your_fault=NOT_YOUR_FAULT)
    return environment


def inline(text: str) -> Markup:
    """Return text as one run of literal characters: every ASCII punctuation mark as a character reference.

    CommonMark never takes a reference for structure, so neither tables, links, emphasis, lists nor HTML
    can begin in it.
    """
    line = one_line(text, _INLINE_LIMIT)
    return Markup(_SPECIAL.sub(lambda match: f"&#{ord(match[0])};", line))  # noqa: S704 (just escaped)


def block(text: str) -> Markup:
    """Return text as a preformatted HTML block, which no fence or blank line inside can end."""
    return Markup(f"<pre>{html.escape(printable(text.strip()))}</pre>")  # noqa: S704 (just escaped)
