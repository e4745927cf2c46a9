"""The report and the run as people see them in a terminal or a log."""

from grader.exporters.console.view import ConsoleView

__all__ = ["ConsoleView"]
