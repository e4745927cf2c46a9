"""The protocols of everything that shows a run: exporters draw its report, live views its events."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Protocol, Self

from grader.exporters.stream import SafeStream

if TYPE_CHECKING:
    from types import TracebackType
    from typing import TextIO

    from grader.model.events import Event
    from grader.model.report import Report


class Exporter(Protocol):
    """Shows one finished run to one kind of reader."""

    def render(self, report: Report) -> str:
        """Return the report as this exporter's text."""

    def export(self, report: Report) -> None:
        """Write that text to where this exporter writes; a reader that has gone away is no error."""


class LiveView(Protocol):
    """Shows a run while it happens: a context around it, called with each event.

    It may be called from several threads, one at a time, and never raises for what an event holds.
    """

    def __call__(self, event: Event) -> None:
        """Show what just happened."""

    def __enter__(self) -> Self:
        """Begin to draw."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was found, however the run ended."""


class TextExporter(ABC):
    """An exporter whose text goes to a file or stream as it is."""

    def __init__(self, file: TextIO) -> None:
        self.file = file

    @abstractmethod
    def render(self, report: Report) -> str:
        """Return the report as text, ending with a newline."""

    def export(self, report: Report) -> None:
        """Write the rendered report, in characters that the file's encoding has."""
        stream = SafeStream(self.file)
        stream.write(self.render(report))
        stream.flush()
