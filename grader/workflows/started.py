"""Which exercises a learner has begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.content import layers
from grader.model.problem import Blame, stopped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grader.content.catalog import Catalog

WORD = "started"


def expand(ids: Sequence[str], catalog: Catalog) -> tuple[str, ...]:
    """Return the ids with `started`, or nothing at all, replaced by the exercises that are started."""
    if ids and WORD not in ids:
        return tuple(ids)
    found = [exercise.id for exercise in catalog.outlines() if layers.is_started(catalog, exercise)]
    if not found and not ids:
        raise stopped(Blame.USAGE, "content", "Nothing is started yet.", "See where to begin: grade list")
    return tuple(dict.fromkeys([*(name for name in ids if name != WORD), *found]))
