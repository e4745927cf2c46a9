"""Small renderables that the board is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from grader.exporters.console.terminal import NARROW
from grader.exporters.printable import printable
from grader.exporters.words import MARKS

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

    from grader.model.outcome import Outcome

_LABEL_WIDTH = 10


@dataclass(frozen=True)
class Quote:
    """Some lines of somebody else's output, each row behind a bar: the last, unless told the first."""

    text: str
    lines: int
    first: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the wrapped rows; a bar on every row says who is speaking."""
        lines = self.text.rstrip().split("\n")
        kept = lines[: self.lines] if self.first else lines[-self.lines :]
        inside = options.update_width(max(options.max_width - 2, 1))
        text = Text(printable("\n".join(kept)), style="quiet", overflow="fold")
        for row in console.render_lines(text, inside, pad=False):
            yield Segment("│ ", Style(dim=True))
            yield from row
            yield Segment.line()


def mark(outcome: Outcome) -> Text:
    """Return the outcome's glyph in its colour."""
    return Text(MARKS[outcome], style=outcome.value)


def headed(head: Text, body: Text) -> Table:
    """Return a glyph with a text beside it, wrapped clear of the glyph."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(head, body)
    return grid


def field(console: Console, name: str, value: RenderableType) -> None:
    """Print a labelled value: beside its label, or below it where the terminal is narrow."""
    if console.width < NARROW:
        console.print(Text(f"  {name}", style="bold"))
        console.print(Padding(value, (0, 0, 0, 4)))
        return
    grid = Table.grid(padding=0)
    grid.add_column(width=_LABEL_WIDTH + 2, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(f"  {name}", style="bold"), value)
    console.print(grid)


def command_field(console: Console, name: str, command: str) -> None:
    """Print a labelled command as one unbroken line, so that a copy of it runs."""
    start = f"  {name:<{_LABEL_WIDTH}}" if console.width >= NARROW else f"  {name} "
    line = Text.assemble((start, "bold"), (printable(command), "command"))
    console.print(line, soft_wrap=True)


def draw_commands(console: Console, commands: tuple[tuple[str, str], ...]) -> None:
    """Print commands, each unbroken on its row, what it is for behind it."""
    widest = max(len(command) for command, _ in commands)
    fits = all(widest + len(purpose) + 8 <= console.width for _, purpose in commands)
    for command, purpose in commands:
        column = f"{command:<{widest}}   " if fits and purpose else command
        line = Text.assemble("  ", (column, "command"), (purpose if fits else "", "quiet"))
        console.print(line, soft_wrap=True)
