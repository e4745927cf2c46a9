"""What there is to try about an exercise: which app, which checks, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.content import layers, mutants
from grader.content.complaints import nearest
from grader.model.problem import Blame, stopped
from grader.model.verify import Subject
from grader.workflows.verify import verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from grader.content.catalog import Catalog
    from grader.content.mutants import Mutant, Variant
    from grader.model.exercise import Check, Exercise
    from grader.model.report import ExerciseReport

CORE_ONLY = "core-only"
"""The variant of this name has no star: every line has to tick without one."""

Judge = Callable[["ExerciseReport"], str]
"""Returns what is wrong with a report, or an empty text."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One app to grade: `fill` makes it in a folder that does not exist yet and returns its digest.

    `gates` are the checks of phases below that run with it.
    """

    exercise: Exercise
    subject: Subject
    name: str
    checks: tuple[Check, ...]
    fill: Callable[[Path], str]
    judge: Judge
    gates: tuple[Check, ...] = ()
    expected: tuple[str, ...] = ()


def trials(
    catalog: Catalog, exercise: Exercise, *, times: int = 1, every_check: bool = False, sample: bool = False
) -> Iterator[Trial]:
    """Yield what to try, the solution first, which runs as many `times`.

    A mutant meets the checks of its header and what they come after, or `every_check` there is; `sample`
    takes one mutant a line and no variant.
    """
    solution = layers.solution_layers(catalog, exercise)
    gates = catalog.gates(exercise)
    for number in range(times):
        name = "solution" if number == 0 else f"solution again ({number + 1})"
        yield _of_layers(exercise, Subject.SOLUTION, name, solution, gates)
    starter = layers.starter_layers(catalog, exercise)
    yield _of_layers(exercise, Subject.STARTER, "starter", starter, gates)
    found = mutants.mutants(catalog, exercise)
    for mutant in _one_per_line(found) if sample else found:
        asked = gates if every_check else tuple(gate for gate in gates if gate.id in mutant.fails)
        checks = exercise.checks if every_check else closure(exercise, mutant.fails)
        yield _of_mutant(exercise, mutant, solution, asked, checks)
    for variant in () if sample else mutants.variants(exercise):
        yield _of_variant(catalog, exercise, variant)


def named(found: Sequence[Trial], names: Sequence[str]) -> list[Trial]:
    """Return the trials of these names; raises `StoppedError` (usage) for one there is not."""
    known = [trial.name for trial in found]
    for name in names:
        if name not in known:
            remedy = nearest(name, known) or f"There are {', '.join(known[:8])}, ..."
            raise stopped(Blame.USAGE, "verify", f"Nothing to verify is called {name!r}.", remedy)
    return [trial for trial in found if trial.name in names]


def closure(exercise: Exercise, ids: Iterable[str]) -> tuple[Check, ...]:
    """Return the checks of these ids and all that they come after, in the order they are graded."""
    by_id = {check.id: check for check in exercise.checks}
    wanted: set[str] = set()
    waiting = [id_ for id_ in ids if id_ in by_id]
    while waiting:
        id_ = waiting.pop()
        if id_ not in wanted:
            wanted.add(id_)
            waiting += by_id[id_].after
    return tuple(check for check in exercise.checks if check.id in wanted)


def _of_layers(
    exercise: Exercise,
    subject: Subject,
    name: str,
    parts: tuple[Path, ...],
    gates: tuple[Check, ...],
) -> Trial:
    return Trial(
        exercise=exercise,
        subject=subject,
        name=name,
        checks=exercise.checks,
        fill=lambda folder: layers.materialise(parts, folder),
        judge=verdict.all_pass if subject is Subject.SOLUTION else verdict.no_line_passes,
        gates=gates,
    )


def _of_mutant(
    exercise: Exercise,
    mutant: Mutant,
    solution: tuple[Path, ...],
    gates: tuple[Check, ...],
    checks: tuple[Check, ...],
) -> Trial:
    def fill(folder: Path) -> str:
        layers.materialise(solution, folder)
        return mutants.apply(mutant, folder, exercise)

    return Trial(
        exercise=exercise,
        subject=Subject.MUTANT,
        name=mutant.name,
        checks=checks,
        fill=fill,
        judge=verdict.dies_of(mutant.fails),
        gates=gates,
        expected=mutant.fails,
    )


def _of_variant(catalog: Catalog, exercise: Exercise, variant: Variant) -> Trial:
    return Trial(
        exercise=exercise,
        subject=Subject.VARIANT,
        name=variant.name,
        checks=exercise.checks,
        fill=lambda folder: mutants.materialise_variant(catalog, exercise, variant, folder),
        judge=verdict.core_passes if variant.name == CORE_ONLY else verdict.all_pass,
        gates=catalog.gates(exercise),
    )


def _one_per_line(found: Iterable[Mutant]) -> tuple[Mutant, ...]:
    first: dict[str, Mutant] = {}
    for mutant in found:
        first.setdefault(mutant.fails[0].rpartition(".")[0], mutant)
    return tuple(first.values())
