"""The command line as people and programs meet it, on a repository of one small exercise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.trial import FILES, Trial, new_bell, plant
from tests.unit.workflows.server import answering_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.trial import Bell


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    root, tmp = tmp_path / "repository", tmp_path / "tmp"
    tmp.mkdir(mode=0o711)
    plant(root, FILES)
    return Trial(root, tmp)


@pytest.fixture
def service() -> Iterator[str]:
    """The URL of a service that says hello and not good-bye."""
    with answering_server({"/": 200, "/hello": 200}) as url:
        yield url


@pytest.fixture
def bell() -> Iterator[Bell]:
    with new_bell() as bell:
        yield bell
