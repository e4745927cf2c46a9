"""A run on a real engine, on a small app that shows what it can see and reach."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.model.exercise import App, Limits
from grader.runtimes.base import AppSource, RunContext
from grader.runtimes.docker import DockerRuntime
from grader.runtimes.docker.engine import Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

APP = Path(__file__).parent / "apps" / "prober"


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """A connection of the tests' own, to look at what a run makes."""
    engine = Engine()
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> AppSource:
    root = tmp_path_factory.mktemp("app") / "app"
    shutil.copytree(APP, root)
    limits = Limits(build=120, prepare=10, start=10, stop=2)
    return AppSource(root=root, digest="prober", app=App(), limits=limits)


@pytest.fixture
def new_runtime(tmp_path: Path) -> Iterator[Callable[[], DockerRuntime]]:
    """Return a function that makes a runtime; all are closed at the end."""
    made: list[DockerRuntime] = []

    def make() -> DockerRuntime:
        run = secrets.token_hex(6)
        made.append(DockerRuntime(RunContext(id=run, folder=tmp_path, cache=tmp_path, seed=1)))
        return made[-1]

    yield make
    for runtime in made:
        runtime.close()
