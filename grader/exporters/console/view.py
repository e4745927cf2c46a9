"""The console as one thing: live while the run goes on, the board when it is over."""

from __future__ import annotations

import os
from time import monotonic
from typing import TYPE_CHECKING, Self

from grader.exporters.console.board import draw_board
from grader.exporters.console.live import LiveRun
from grader.exporters.console.plain import PlainRun
from grader.exporters.console.terminal import WIDEST, is_live, make_console
from grader.model.events import RunStarted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType
    from typing import TextIO

    from grader.model.events import Event
    from grader.model.report import Report


class ConsoleView:
    """A `LiveView` and an `Exporter` on one file.

    Draws over itself in a terminal; elsewhere, in CI and with TERM=dumb it prints a line for each event.
    `env` decides (NO_COLOR, FORCE_COLOR, TERM, CI, COLUMNS, GITHUB_ACTIONS).
    """

    def __init__(
        self, file: TextIO, env: Mapping[str, str] | None = None, clock: Callable[[], float] = monotonic
    ) -> None:
        env = os.environ if env is None else env
        self._console = make_console(file, env)
        live = is_live(self._console, env)
        self._run = LiveRun(self._console, clock) if live else PlainRun(self._console)
        self._why = ""

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._run.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was found."""
        self._run.__exit__(kind, error, trace)

    def __call__(self, event: Event) -> None:
        """Show the event, and keep what the board will say about the choice of runtime."""
        if isinstance(event, RunStarted):
            self._why = event.why
        self._run(event)

    def render(self, report: Report) -> str:
        """Return the board as text, with the colours of this console."""
        with self._console.capture() as capture:
            self._draw(report)
        return capture.get()

    def export(self, report: Report) -> None:
        """Print the board."""
        self._draw(report)

    def _draw(self, report: Report) -> None:
        # Longer rows are hard to read; and a board, once printed, need not follow a resized window.
        self._console.width = min(self._console.width, WIDEST)
        draw_board(self._console, report, self._why)
