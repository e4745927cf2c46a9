"""The kill matrix of `dev verify` in a terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from grader.exporters.console.terminal import make_console
from grader.exporters.kill_matrix import HEAD, rows, summary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TextIO

    from grader.model.verify import VerifyResult


def print_kill_matrix(
    results: Sequence[VerifyResult], file: TextIO, env: Mapping[str, str] | None = None
) -> None:
    """Print one row for each result, the bad ones in red, and below what no mutant proves."""
    console = make_console(file, os.environ if env is None else env)
    made = rows(results)
    used = [column for column in range(len(HEAD)) if any(row.cells[column] for row in made)]
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    for column in used:
        table.add_column(HEAD[column], overflow="fold", no_wrap=column in {0, 1})
    for row in made:
        style = "pass" if row.ok else "fail"
        texts = [Text(row.cells[column], style="" if column else style) for column in used]
        table.add_row(*texts, style=None if row.ok else "actual")
    console.print(table)
    for sentence in summary(results):
        console.print(Text(sentence))
