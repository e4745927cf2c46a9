"""A run drawn over itself in a terminal: the running step, then the checks counting up per line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.console import Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from grader.exporters.console.plain import line_of
from grader.exporters.console.progress import Progress
from grader.exporters.console.terminal import WIDEST
from grader.exporters.printable import one_line
from grader.exporters.words import MARKS, duration
from grader.model.events import RunStarted, StepEnded

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from rich.console import Console, RenderableType

    from grader.model.events import Event
    from grader.model.outcome import Outcome

_FRAMES_PER_SECOND = 8


class LiveRun:
    """A `LiveView` for a terminal. What is over scrolls up as plain lines; what runs is redrawn below."""

    def __init__(self, console: Console, clock: Callable[[], float]) -> None:
        self._console = console
        self._clock = clock
        self._progress = Progress()
        poor = not console.encoding.startswith("utf")
        self._spinner = Spinner("line" if poor else "dots", style="command")
        # Redirecting sys.stdout would be process-wide, and would catch what --json writes there.
        self._live = Live(
            console=console,
            get_renderable=self._draw,
            refresh_per_second=_FRAMES_PER_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        """Begin to draw, from a thread of its own."""
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wipe what was redrawn and show the cursor again."""
        self._live.stop()

    def __call__(self, event: Event) -> None:
        """Take the event in; the next frame shows it."""
        if isinstance(event, RunStarted):
            self._progress = Progress()
        self._progress.take(event, self._clock())
        if isinstance(event, RunStarted | StepEnded) and (line := line_of(event)):
            self._console.print(line)

    def _draw(self) -> RenderableType:
        rows: list[RenderableType] = []
        if self._progress.step:
            rows += self._step(self._progress.step)
        if self._progress.planned:
            rows += self._lines()
        return Group(*rows)

    def _step(self, name: str) -> list[RenderableType]:
        elapsed = duration(self._clock() - self._progress.since)
        self._spinner.update(text=Text.assemble(one_line(name, 120), (f"  {elapsed}", "quiet")))
        output = Text(f"  {self._progress.output}", style="quiet", no_wrap=True, overflow="crop")
        return [self._spinner, output]

    def _lines(self) -> list[RenderableType]:
        """Return one row for each line: id, count, the check that runs; cut where the terminal ends."""
        progress = self._progress
        counts = {line: self._count(progress.done[line], number) for line, number in progress.planned.items()}
        ids, widths = max(map(len, counts)), max(len(count.plain) for count in counts.values())
        rows: list[RenderableType] = []
        for line, count in counts.items():
            count.pad_right(widths - len(count.plain))
            running = (progress.running.get(line, ""), "quiet")
            row = Text.assemble(f"{line:<{ids}}  ", count, "  ", running, no_wrap=True, overflow="crop")
            rows.append(row)
        return rows

    def _count(self, done: list[Outcome], planned: int) -> Text:
        """Return a glyph for each check where there is room, else how many of which."""
        if planned <= min(self._console.width, WIDEST) // 3:
            glyphs = [(MARKS[outcome], outcome.value) for outcome in done]
            return Text.assemble(*glyphs, ("·" * (planned - len(done)), "quiet"))
        parts = [(f"{mark} {done.count(outcome)}  ", outcome.value) for outcome, mark in MARKS.items()]
        used = [part for part, outcome in zip(parts, MARKS, strict=True) if outcome in done]
        return Text.assemble(*used, (f"{len(done)}/{planned}", "quiet"))
