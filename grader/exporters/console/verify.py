"""The kill matrix of `dev verify` in a terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from grader.exporters.console.parts import headed
from grader.exporters.console.terminal import NARROW, make_console
from grader.exporters.kill_matrix import HEAD, rows, summary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TextIO

    from grader.exporters.kill_matrix import Row
    from grader.model.verify import VerifyResult


def print_kill_matrix(
    results: Sequence[VerifyResult],
    file: TextIO,
    env: Mapping[str, str] | None = None,
    *,
    sampled: bool = False,
) -> None:
    """Print one row for each result, the bad ones in red, and below what no mutant proves."""
    console = make_console(file, os.environ if env is None else env)
    made = rows(results)
    for row in made if console.width < NARROW else ():
        subject, name, wrong = row.cells[3], row.cells[4], row.cells[-1]
        console.print(headed(_glyph(row), Text(f"{subject} {name}  {wrong}".rstrip(), style=_style(row))))
    if console.width >= NARROW:
        console.print(_table(made))
    console.print()
    for sentence in summary(results, sampled=sampled):
        console.print(Text(sentence))


def _table(made: tuple[Row, ...]) -> Table:
    used = [column for column in range(1, len(HEAD)) if any(row.cells[column] for row in made)]
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    table.add_column()
    for column in used:
        table.add_column(HEAD[column], overflow="fold")
    for row in made:
        table.add_row(_glyph(row), *(Text(row.cells[column]) for column in used), style=_style(row))
    return table


def _glyph(row: Row) -> Text:
    return Text(row.cells[0], style="pass" if row.ok else "fail")


def _style(row: Row) -> str:
    return "" if row.ok else "actual"
