"""The one thing to do after reading a report."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.exporters.findings import findings
from grader.exporters.printable import one_line
from grader.model.problem import Blame

if TYPE_CHECKING:
    from grader.exporters.findings import Findings
    from grader.model.problem import Problem
    from grader.model.report import ExerciseReport, Report

_FLAGS = {"solution": "--solution", "starter": "--starter", "directory": "--target", "url": "--url"}


@dataclass(frozen=True)
class NextStep:
    """A sentence, and the commands that go with it, each with what it is for."""

    sentence: str
    commands: tuple[tuple[str, str], ...] = ()


def next_step(report: Report) -> NextStep:
    """Return the step for the first exercise that has one, else what to do when all is done."""
    steps = (_step(report, part, findings(part)) for part in report.exercises)
    done = NextStep(
        "Everything passes. See what is left of the roadmap:", (("grade status", "every line and its tick"),)
    )
    return next((step for step in steps if step), done)


def again(report: Report, what: str) -> str:
    """Return the command that grades an exercise, line or check on the same target once more."""
    flag = _FLAGS.get(report.kind, "")
    value = shlex.quote(one_line(report.target)) if flag in {"--target", "--url"} else ""
    return " ".join(filter(None, ("grade", what, flag, value)))


def how_to_report(report: Report, what: str) -> tuple[tuple[str, str], ...]:
    """Return the commands whose output to send when the grader is at fault."""
    return (
        ("grade doctor", "what this machine has"),
        (f"{again(report, what)} --seed {report.seed} --json report.json", "the same run again, kept"),
    )


def _step(report: Report, part: ExerciseReport, found: Findings) -> NextStep | None:
    if part.problem:
        return _after_problem(report, part.exercise, part.problem)
    if found.ended:
        sentence = f"Keep the process `{found.ended[0].ended}` running: its last lines say why it ended."
        return NextStep(sentence, ((again(report, part.exercise), "the same again"),))
    # The phase's own checks stand on it. It may never have worked: the phase below may be unfinished.
    if found.regressions:
        lost = found.regressions[0]
        hint = (f"grade hint {lost.line}", "hints, one at a time")
        sentence = f"Make this pass first, it is from an earlier phase: {one_line(lost.title)}"
        return NextStep(sentence, (hint, (again(report, part.exercise), "this phase again")))
    failed = next((checks[0] for _, checks in found.core), None)
    if failed:
        return NextStep(f"Make this pass: {one_line(failed.title)}", _look(report, failed.line))
    return _without_failure(report, part.exercise, found)


def _without_failure(report: Report, exercise: str, found: Findings) -> NextStep | None:
    if found.errors:
        sentence = "Nothing here is yours to mend. Send us the output of:"
        return NextStep(sentence, how_to_report(report, exercise))
    if found.blocked:
        reason = one_line(found.blocked[0].reason)
        return NextStep(
            f"Some checks could not be tried here: {reason}", (("grade doctor", "what this machine lacks"),)
        )
    if found.stretch:
        check = found.stretch[0]
        sentence = f"All core checks pass. For the next star: {one_line(check.title)}"
        return NextStep(sentence, _look(report, check.line))
    return None


def _look(report: Report, line: str) -> tuple[tuple[str, str], ...]:
    return ((f"grade hint {line}", "hints, one at a time"), (again(report, line), "this line again"))


def _after_problem(report: Report, exercise: str, problem: Problem) -> NextStep:
    if problem.blame is Blame.OURS:
        return NextStep("This is not your fault. Send us the output of:", how_to_report(report, exercise))
    return NextStep("Mend what is said above, then grade again:", ((again(report, exercise), ""),))
