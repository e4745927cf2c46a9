"""What `dev verify` found, as a table: which checks kill which wrong apps, and what got away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.exporters.printable import one_line
from grader.exporters.words import duration
from grader.model.verify import Subject

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from grader.model.verify import VerifyResult

HEAD = ("", "exercise", "runtime", "subject", "name", "killed by", "also failing", "time", "what is wrong")
_NAMES = 3


@dataclass(frozen=True)
class Row:
    """One subject as cells in the order of `HEAD`."""

    ok: bool
    cells: tuple[str, ...]


def rows(results: Iterable[VerifyResult]) -> tuple[Row, ...]:
    """Return a row for each result, in the order given; what all of them share is left out."""
    found = tuple(results)
    several = len({result.exercise for result in found}) > 1
    runtimes = {result.runtime for result in found if result.runtime}
    return tuple(
        _row(result, result.exercise if several else "", result.runtime if len(runtimes) > 1 else "")
        for result in found
    )


def unkilled(results: Sequence[VerifyResult]) -> tuple[str, ...]:
    """Return the checks that ran and that no mutant made fail: nothing proves that they can."""
    ran = {check: None for result in results for check in result.checks if _own(check, result)}
    mutants = [result for result in results if result.subject is Subject.MUTANT]
    killers = {check for result in mutants for check in result.killed_by}
    return tuple(check for check in ran if check not in killers) if mutants else ()


def _own(check: str, result: VerifyResult) -> bool:
    """Tell whether a check is of the exercise itself, not one of a phase below that was run again."""
    return check.startswith(f"{result.exercise}.")


def kill_matrix(results: Sequence[VerifyResult], *, sampled: bool = False) -> str:
    """Return the table in Markdown, which reads well as plain text too, and `summary`'s sentences."""
    made = [(HEAD, 0), *((row.cells, 1) for row in rows(results))]
    widths = [max(len(cells[column]) for cells, _ in made) for column in range(len(HEAD))]
    head, *body = [_join(cells, widths) for cells, _ in made]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([head, rule, *body, "", *summary(results, sampled=sampled), ""])


def summary(results: Sequence[VerifyResult], *, sampled: bool = False) -> tuple[str, ...]:
    """Return the sentences below the table; a sample of the mutants says nothing of unkilled checks."""
    good = sum(result.ok for result in results)
    sentences = [f"{good} of {len(results)} as they should be."]
    if not sampled and (alive := unkilled(results)):
        sentences.append(f"No mutant fails: {', '.join(alive)}.")
    return tuple(sentences)


def _row(result: VerifyResult, exercise: str, runtime: str) -> Row:
    expected = [check for check in result.killed_by if check in result.expected]
    also = [check for check in result.killed_by if check not in result.expected]
    message = result.message or ("" if result.ok else f"still passes: {_some(result.survived)}")
    cells = ("✓" if result.ok else "✗", exercise, runtime, result.subject.value, result.name)
    clean = (*cells, _some(expected), _some(also), duration(result.seconds), message)
    return Row(result.ok, tuple(one_line(cell, 160).replace("|", "/") for cell in clean))


def _some(checks: Sequence[str]) -> str:
    """Name a few checks, without the exercise that the row names anyway, and count the rest."""
    names = ", ".join(check.partition(".")[2] for check in checks[:_NAMES])
    return names + (f" and {len(checks) - _NAMES} more" if len(checks) > _NAMES else "")


def _join(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (f" {cell:<{width}} " for cell, width in zip(cells, widths, strict=True))
    return "|" + "|".join(padded) + "|"
