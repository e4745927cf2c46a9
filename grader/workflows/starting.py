"""`grade start` and `grade reset`: while no run holds the folders, and with a word on what is unfinished."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from grader.content import layers, progress_file
from grader.content import start as content
from grader.model.problem import StoppedError
from grader.workflows import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grader.content.catalog import Catalog
    from grader.content.start import Started
    from grader.model.exercise import Exercise
    from grader.workflows.places import Places


def start(catalog: Catalog, where: Places, exercise: Exercise, origin: str) -> Started:
    """Make the exercise's folder a complete app and return what was done.

    Raises `StoppedError`: usage, as `content.start.start`; busy, while a run holds one of the folders.
    """
    with ExitStack() as stack:
        for item in catalog.chain(exercise)[-2:]:
            stack.enter_context(runs.only_one(where, catalog.starter(item)))
        done = content.start(catalog, exercise, origin, datetime.now(UTC))
    notes = _unfinished(catalog, exercise) if origin == "mine" else ()
    return replace(done, advice=(*done.advice, *notes))


def reset(catalog: Catalog, where: Places, exercise: Exercise) -> Started:
    """Put the delivered starter back and return where the former folder is kept. Raises as `start`."""
    with runs.only_one(where, catalog.starter(exercise)):
        done = content.reset(catalog, exercise, datetime.now(UTC))
    if layers.is_started(catalog, exercise):
        return done
    return replace(
        done, advice=(f"These are the stubs alone; make an app of them: grade start {exercise.id}",)
    )


def _unfinished(catalog: Catalog, exercise: Exercise) -> Iterator[str]:
    """Yield a sentence if lines below are not ticked; a progress.md that cannot be read says nothing."""
    try:
        items = progress_file.parse(progress_file.read(catalog.progress)).items
    except StoppedError:
        return
    below = {item.id for item in catalog.chain(exercise)[:-1]}
    names = [item.id for item in items if item.id and item.id.partition(".")[0] in below and not item.ticked]
    if names:
        yield (
            f"Not ticked yet, and {exercise.id} stands on it: {', '.join(names)}\n"
            "This folder is a copy: what you mend in the other from now on, mend here too."
        )
