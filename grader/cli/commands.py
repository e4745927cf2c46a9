"""The commands around grading: argv in, words and an exit code out."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from grader.content.catalog import Catalog, find_root
from grader.model.outcome import Tier
from grader.workflows.places import Places, places

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from grader.content.start import Started
    from grader.workflows.doctor import Health
    from grader.workflows.status import LineStatus


@cache
def _here() -> tuple[Catalog, Places]:
    root = find_root(Path(__file__).parent)
    return Catalog(root), places(root)


def list_exercises(options: argparse.Namespace) -> int:
    """`grade list`."""
    catalog, _ = _here()
    if not options.ids:
        for exercise in catalog.outlines():
            print(f"{exercise.id:10} {exercise.title}  (phases/{exercise.name}/README.md)")
            for line in exercise.lines:
                print(f"  {line.id:20} {line.title}")
        print("\nTheir checks: grade list ID")
        return 0
    for selection in catalog.resolve(options.ids):
        for check in selection.checks:
            star = "*" if check.tier is Tier.STRETCH else " "
            print(f"{star} {check.id}\n      {check.title}")
    print("\n* earns a star, never holds a tick back")
    return 0


def status(_options: argparse.Namespace) -> int:
    """`grade status`."""
    from grader.workflows import status as workflow  # noqa: PLC0415 - each command imports its own

    catalog, _ = _here()
    found = workflow.read(catalog)
    width = max((len(line.id) for lines in found.groups.values() for line in lines), default=0)
    for name, lines in found.groups.items():
        done = sum(line.ticked for line in lines)
        print(f"\n{name}  {done}/{len(lines)}")
        for line in lines:
            print(_status_row(line, width))
    print(f"\n{found.ticked} of {found.total} lines ticked.")
    for complaint in found.complaints:
        print(f"progress.md: {complaint}")
    return 0


def _status_row(line: LineStatus, width: int) -> str:
    box = "[x]" if line.ticked else "[ ]"
    stars = f"  *{line.stars[0]}/{line.stars[1]}" if line.stars and line.stars[1] else ""
    when = f"{line.when:%Y-%m-%d}" if line.when else ""
    return f"  {box} {line.id:<{width}}  {line.standing.value}{stars}  {when}".rstrip()


def start(options: argparse.Namespace) -> int:
    """`grade start EXERCISE`."""
    from grader.workflows import starting  # noqa: PLC0415

    catalog, where = _here()
    exercise = catalog.outline(options.exercise)
    _print_started(starting.start(catalog, where, exercise, options.base), catalog)
    print(f"Next: read phases/{exercise.name}/README.md, then grade {exercise.id}")
    return 0


def reset(options: argparse.Namespace) -> int:
    """`grade reset EXERCISE`."""
    from grader.workflows import starting  # noqa: PLC0415

    catalog, where = _here()
    exercise = catalog.outline(options.exercise)
    _print_started(starting.reset(catalog, where, exercise), catalog)
    return 0


def _print_started(done: Started, catalog: Catalog) -> None:
    print(f"{done.folder.relative_to(catalog.root)} is ready.")
    for verb, paths in (
        ("added", done.added),
        ("replaced", done.replaced),
        ("laid beside yours", done.beside),
    ):
        for path in paths:
            print(f"  {verb}: {path}")
    if done.old:
        print(f"Your former folder is kept as {done.old.relative_to(catalog.root)}.")
    for line in done.advice:
        first, *rest = line.splitlines()
        print("\n".join([f"  to do: {first}", *(f"      {more}" for more in rest)]))


def run(options: argparse.Namespace) -> int:
    """`grade run EXERCISE`."""
    import sys  # noqa: PLC0415

    from grader.cli.grading import seed_of, subject_of  # noqa: PLC0415
    from grader.exporters.console.view import ConsoleView  # noqa: PLC0415
    from grader.runtimes import registry  # noqa: PLC0415
    from grader.workflows import keeping, session  # noqa: PLC0415

    catalog, where = _here()
    exercise = catalog.exercise(options.exercise)
    job = session.Job(
        catalog=catalog,
        exercise=exercise,
        lines=exercise.lines,
        checks=exercise.checks,
        whole=True,
        subject=subject_of(options),
        runtime=options.runtime,
        seed=seed_of(options),
    )
    name, _why = registry.choose(options.runtime)
    with ConsoleView(sys.stderr) as view:
        keeping.keep(job, name, where, view)
    return 0


def hint(options: argparse.Namespace) -> int:
    """`grade hint LINE`."""
    from grader.workflows import hinting  # noqa: PLC0415

    catalog, where = _here()
    print(hinting.next_hint(catalog, where, options.line, whole=options.all))
    return 0


def solution(options: argparse.Namespace) -> int:
    """`grade solution EXERCISE DIR`."""
    from grader.content import layers  # noqa: PLC0415

    catalog, _ = _here()
    folder = Path(options.folder)
    layers.write_solution(catalog, catalog.outline(options.exercise), folder)
    print(f"The reference solution is in {folder}. Try it: cd {folder} && npm ci && npm start")
    return 0


def doctor(_options: argparse.Namespace) -> int:
    """`grade doctor`."""
    from grader.workflows import doctor as workflow  # noqa: PLC0415

    _, where = _here()
    health = workflow.examine(where)
    _print_health(health)
    return 0 if health.healthy else 3


def _print_health(health: Health) -> None:
    for name, value in health.facts:
        print(f"{name:10} {value}")
    for runtime in health.runtimes:
        problem = runtime.problem
        print(f"{runtime.name:10} {'ready' if problem is None else problem.message}")
        if problem is not None and problem.remedy:
            print(f"{'':10} -> {problem.remedy}")
    print(f"\n`grade` will use {health.chosen}: {health.why}")
    if health.swept:
        print(f"Removed what {len(health.swept)} interrupted runs had left.")


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "list": list_exercises,
    "status": status,
    "start": start,
    "reset": reset,
    "run": run,
    "hint": hint,
    "solution": solution,
    "doctor": doctor,
}
