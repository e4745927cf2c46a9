"""Every exporter by its name, one line each; a module is imported only when its exporter is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, TextIO, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.exporters.base import Exporter

EXPORTERS = {
    "annotations": "grader.exporters.annotations:AnnotationsExporter",
    "console": "grader.exporters.console:ConsoleView",
    "json": "grader.exporters.json_document:JsonExporter",
    "markdown": "grader.exporters.markdown:MarkdownExporter",
}


def exporter(name: str, file: TextIO) -> Exporter:
    """Return the exporter of that name, writing to the file; KeyError when there is none."""
    module, _, attribute = EXPORTERS[name].partition(":")
    factory = cast("Callable[[TextIO], Exporter]", getattr(import_module(module), attribute))
    return factory(file)
