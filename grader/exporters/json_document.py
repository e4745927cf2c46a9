"""The report as one JSON document, for programs; `report.schema.json` beside this file describes it."""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING, Any

from grader.exporters.base import TextExporter
from grader.exporters.printable import printable

if TYPE_CHECKING:
    from datetime import datetime

    from grader.model.problem import Problem
    from grader.model.report import CheckResult, LineResult, Report

FORMAT = 1


class JsonExporter(TextExporter):
    """Writes the document of `document`, in ASCII, so that no later reader can choke on it."""

    def render(self, report: Report) -> str:
        """Return the document as indented JSON."""
        return json.dumps(document(report), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def document(report: Report) -> dict[str, Any]:
    """Return the report as plain JSON values; every text is printable and at most 2048 characters."""
    parts = report.exercises
    problems = [(report.problem, ""), *((part.problem, part.exercise) for part in parts)]
    values = {
        "format": FORMAT,
        "grader": report.grader,
        "exercises": [part.exercise for part in parts],
        "target": report.target,
        "runtime": report.runtime,
        "seed": report.seed,
        "started": _rfc3339(report.started),
        "seconds": round(report.seconds, 3),
        "outcome": report.outcome.value,
        "problem": next((_problem(problem, exercise) for problem, exercise in problems if problem), None),
        "lines": [_line(line) for part in parts for line in part.lines],
        "checks": [_check(check) for part in parts for check in part.checks],
        "regressions": [_check(check) for part in parts for check in part.regressions],
    }
    safe: dict[str, Any] = _printable(values)
    return safe


def _problem(problem: Problem, exercise: str) -> dict[str, Any]:
    return {
        "exercise": problem.exercise or exercise,
        "stage": problem.stage,
        "message": problem.message,
        "remedy": problem.remedy,
        "log": problem.log,
    }


def _line(line: LineResult) -> dict[str, Any]:
    return {
        "id": line.id,
        "title": line.title,
        "outcome": line.outcome.value,
        "reason": line.reason,
        "stars": {"earned": line.stars_earned, "of": line.stars_of},
        "ticked": line.ticked.value,
    }


def _check(check: CheckResult) -> dict[str, Any]:
    return {
        "id": check.id,
        "line": check.line,
        "tier": check.tier.value,
        "title": check.title,
        "outcome": check.outcome.value,
        "reason": check.reason,
        "seconds": round(check.seconds, 3),
        "rationale": check.evidence.rationale,
        "expected": check.evidence.expected,
        "actual": check.evidence.actual,
        "curl": check.evidence.curl,
        "log": check.evidence.log,
        "hint": check.hint,
    }


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: _printable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_printable(item) for item in value]
    return value
