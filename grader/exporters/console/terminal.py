"""A rich console for any stream: colour, width and glyphs as far as the reader's end has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.theme import Theme

from grader.exporters.stream import SafeStream

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

WIDEST = 100
NARROW = 64
_THEME = Theme(
    {
        "pass": "green",
        "fail": "bold red",
        "blocked": "yellow",
        "error": "bold magenta",
        "star": "yellow",
        "command": "cyan",
        "quiet": "dim",
        "expected": "green",
        "actual": "red",
    }
)


def make_console(file: TextIO, env: Mapping[str, str]) -> Console:
    """Return a console on the file, which takes the learner's text literally and in any encoding."""
    stream = SafeStream(file, commands="GITHUB_ACTIONS" not in env)
    return Console(
        file=stream,  # type: ignore[arg-type]  # rich asks for IO[str] and uses what SafeStream has
        width=None if stream.isatty() or "COLUMNS" in env else WIDEST,
        theme=_THEME,
        markup=False,
        emoji=False,
        highlight=False,
        _environ=env,
    )


def is_live(console: Console, env: Mapping[str, str]) -> bool:
    """Tell whether the stream can be drawn over: a terminal that moves its cursor, outside of CI."""
    return console.file.isatty() and not console.is_dumb_terminal and not env.get("CI")
