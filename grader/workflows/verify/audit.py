"""What the files of an exercise must hold, before anything is run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from grader.content import audit, mutants
from grader.model.problem import StoppedError
from grader.model.verify import Subject, VerifyResult

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grader.content.catalog import Catalog
    from grader.model.exercise import Exercise

MUTANTS_PER_LINE = 3


def inspect(catalog: Catalog, exercise: Exercise) -> VerifyResult:
    """Return one record of everything that is wrong with the exercise's files."""
    try:
        complaints = [*audit.complaints(catalog, exercise), *_about_mutants(catalog, exercise)]
        notes = tuple(audit.notes(catalog, exercise))
    except StoppedError as stop:
        notes = ()
        complaints = [f"{stop.problem.message} {stop.problem.remedy}".strip()]
    return VerifyResult(
        exercise=exercise.id,
        subject=Subject.CONTENT,
        name="files",
        ok=not complaints,
        message="\n".join(complaints),
        notes=notes,
    )


def _about_mutants(catalog: Catalog, exercise: Exercise) -> Iterator[str]:
    found = mutants.mutants(catalog, exercise)
    lines: Counter[str] = Counter()
    for mutant in found:
        lines.update({id_.rpartition(".")[0] for id_ in mutant.fails})
    for line in exercise.lines:
        if lines[line.id] < MUTANTS_PER_LINE:
            yield (
                f"{line.id} has {lines[line.id]} of the {MUTANTS_PER_LINE} mutants a line needs: "
                f'dev mutant {exercise.id} "what is wrong"'
            )
    killed = {id_ for mutant in found for id_ in mutant.fails}
    for check in exercise.checks:
        if check.id not in killed:
            yield f"{check.id} has no mutant that must fail it: write one, or delete the check"
