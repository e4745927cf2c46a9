"""The repository itself, as its content tests see it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.content import progress_file
from grader.content.catalog import Catalog

if TYPE_CHECKING:
    from grader.content.progress_file import Progress
    from grader.model.exercise import Exercise

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return Catalog(ROOT)


@pytest.fixture(scope="session")
def progress(catalog: Catalog) -> Progress:
    return progress_file.parse(progress_file.read(catalog.progress))


@pytest.fixture
def as_delivered(progress: Progress) -> None:
    """Skip in a learner's clone: there progress.md and the starters are theirs to change."""
    if any(item.ticked for item in progress.items):
        pytest.skip("progress.md has ticks, so this is a learner's clone")


@pytest.fixture(params=list(Catalog(ROOT).folders))
def exercise(request: pytest.FixtureRequest, catalog: Catalog) -> Exercise:
    return catalog.exercise(request.param)
