"""What the shared suite of all runtimes needs: an app's copy, a runtime of each kind, and its end."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from grader.kit.service import Service
from grader.model.exercise import App, Limits
from grader.runtimes import registry
from grader.runtimes.base import AppSource, RunContext
from grader.runtimes.plugins import copy_in
from grader.suite.runner import reply
from grader.workflows.places import places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from grader.model.events import Event
    from grader.model.target import Instance
    from grader.runtimes.base import Runtime

APPS = Path(__file__).parent / "apps"
ENV = {"DATABASE_URL": "{postgres}", "SECRET": "{random:16}", "NAME": "conformance"}
LIMITS = Limits(build=120, prepare=20, start=20, stop=5)
SOON = replace(LIMITS, start=5)
"""For apps that are never ready; any other would be judged by how busy the machine is."""


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache of the one who runs the tests: what was fetched once is there."""
    return places(tmp_path_factory.mktemp("repository")).cache


@dataclass
class Stage:
    """One run of one runtime on a copy of an app, which a test may change before it starts."""

    runtime: Runtime
    run: str
    folder: Path
    cache: Path
    http: httpx.Client
    events: list[Event] = field(default_factory=list)

    @property
    def root(self) -> Path:
        return self.folder / "app"

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text)

    def start(
        self,
        *,
        prepare: Sequence[str] = (),
        services: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        processes: Mapping[str, str] | None = None,
        limits: Limits = LIMITS,
        faults: Sequence[str] = (),
        plugins: Mapping[str, str] | None = None,
    ) -> Instance:
        app = App(prepare=tuple(prepare), processes=processes or {"web": "start"})
        names, digest = copy_in(self._files(plugins or {}), self.root, secrets.token_hex(32))
        source = AppSource(
            root=self.root, digest=digest, app=app, limits=limits, plugins=names, faults=tuple(faults)
        )
        build = self.runtime.build(source)
        urls = {f"{name.upper()}_URL": f"{{{name}}}" for name in services if name != "postgres"}
        wanted = {"SECRET": ENV["SECRET"], "NAME": ENV["NAME"], **urls}
        given = {**wanted, "DATABASE_URL": ENV["DATABASE_URL"]} if "postgres" in services else wanted
        return self.runtime.start(build, services, given if env is None else env)

    def _files(self, plugins: Mapping[str, str]) -> list[Path]:
        folder = self.folder / "plugins"
        folder.mkdir(exist_ok=True)
        for name, text in plugins.items():
            (folder / name).write_text(text)
        return [folder / name for name in plugins]

    def power(self, power: str, /, **args: Any) -> dict[str, Any]:
        return self.runtime.power(power, args)


@pytest.fixture(
    params=[
        pytest.param("process", marks=pytest.mark.process),
        pytest.param("docker", marks=pytest.mark.docker),
    ]
)
def kind(request: pytest.FixtureRequest) -> str:
    """The runtime's name; each test runs once per runtime that this machine has."""
    return str(request.param)


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """One client for all tests; it does not keep connections, whose ends would be told late."""
    limits = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(verify=False, trust_env=False, limits=limits, timeout=60) as client:
        yield client


@pytest.fixture
def stage_of(kind: str, cache: Path, http: httpx.Client) -> Iterator[Callable[[str], Stage]]:
    """Return a function that sets a stage for an app; all stages are closed at the end."""
    stages: list[Stage] = []

    def make(app: str) -> Stage:
        run = secrets.token_hex(6)
        folder = Path(tempfile.mkdtemp(prefix="conformance-"))
        folder.chmod(0o711)
        shutil.copytree(APPS / "plain", folder / "app")
        if app != "plain":
            shutil.copyfile(APPS / "broken" / f"{app}.js", folder / "app" / "server.js")
        events: list[Event] = []
        context = RunContext(id=run, folder=folder, cache=cache, seed=7, emit=events.append)
        stages.append(Stage(registry.create(kind, context), run, folder, cache, http, events))
        return stages[-1]

    yield make
    for stage in stages:
        stage.runtime.close()
        shutil.rmtree(stage.folder, ignore_errors=True)


@pytest.fixture
def stage(stage_of: Callable[[str], Stage]) -> Stage:
    """A stage for the app that works."""
    return stage_of("plain")


class _Direct:
    """A channel without a socket between: what a check asks for, the runtime does here."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def ask(self, power: str, args: dict[str, Any]) -> dict[str, Any]:
        return reply({"id": 1, "power": power, "args": args}, self._runtime.power)


@pytest.fixture
def service_of() -> Callable[[Stage, Instance], Service]:
    """Return a function that gives an instance as checks know it."""

    def make(stage: Stage, instance: Instance) -> Service:
        channel: Any = _Direct(stage.runtime)
        return Service(instance, stage.runtime.powers, lambda: channel)

    return make
