"""`dev mutant`: words around the work tree, the run, and the patch."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from grader.content.catalog import Catalog, Selection, find_root
from grader.exporters.console.view import ConsoleView
from grader.exporters.printable import printable
from grader.model.problem import Blame, stopped
from grader.workflows import mutating, runs
from grader.workflows.places import Places, places

if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> int:
    """Prepare or record, and return the exit code: 0 if done, 1 if no mutant came of it."""
    root = find_root(Path(__file__).parent)
    catalog, where = Catalog(root), places(root)
    selection = _selection(catalog, options.exercise)
    folder = mutating.tree_of(where, selection)
    if options.fresh or not folder.is_dir():
        _prepared(mutating.prepare(catalog, where, selection), options)
        return 0
    if not options.description:
        raise stopped(
            Blame.USAGE,
            "content",
            f"There is a work tree already: {_near(folder)}.",
            f'Say what you made wrong in it: dev mutant {options.exercise} "..."  (or begin again: --fresh)',
        )
    return _record(options, catalog, where, selection)


def _selection(catalog: Catalog, word: str) -> Selection:
    """Return the exercise or line that is asked for; a check alone would not show what else fails."""
    selection = catalog.resolve([word])[0]
    if not selection.lines:
        message = f"{word} is a check; a mutant may fail others as well."
        raise stopped(Blame.USAGE, "content", message, f"Name its exercise: {selection.exercise.id}")
    return selection


def _prepared(folder: Path, options: argparse.Namespace) -> None:
    words = options.description or "what is wrong"
    print(f"The solution of {options.exercise} is in {_near(folder)}/. Make it wrong there, then:")
    print(f'  dev mutant {options.exercise} "{words}"')


def _record(options: argparse.Namespace, catalog: Catalog, where: Places, selection: Selection) -> int:
    request = mutating.Request(
        selection=selection,
        description=options.description,
        name=options.name,
        runtime=options.runtime,
        seed=options.seed,
    )
    runs.sweep(where)
    with ConsoleView(sys.stderr) as view:
        done = mutating.record(request, catalog, where, view)
    if isinstance(done, mutating.NotMade):
        return _not_made(done, mutating.tree_of(where, selection))
    print(f"\n{_near(done.path)}, fails:")
    print("".join(f"  {id_}\n" for id_ in done.fails), end="")
    if len(done.lines) > 1:
        print(f"It fails checks of {len(done.lines)} lines. If that is two faults, make two mutants of it.")
    if not selection.whole:
        print(f"Only checks of {selection.lines[0].id} ran; `dev verify --full` tells what else fails.")
    print(f"Read the header, then prove it: dev verify {selection.exercise.id} --only {done.path.stem}")
    return 0


def _not_made(done: mutating.NotMade, folder: Path) -> int:
    if done.survived:
        print(f"\nSURVIVED: {done.checks} checks ran on your edit, and every one that could be tried passes.")
        print("Either it is not wrong, or a check is missing: write the one that fails on it.")
    else:
        print(f"\nNo mutant was written. {printable(done.why)}")
    print(f"Your edit is kept in {_near(folder)}/; go on there, then make the same call again.")
    return 1


def _near(path: Path) -> str:
    """Return a path as seen from here, whole where that is shorter to read."""
    near = os.path.relpath(path)
    return str(path) if near.startswith("..") else near
