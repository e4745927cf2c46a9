"""The docker runtime: puts its parts together in the order of `grader.runtimes.base`."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from grader.model.events import StepEnded, StepOutput, StepStarted
from grader.model.problem import Blame, Problem, StoppedError, stopped
from grader.runtimes.base import POWERS, Build
from grader.runtimes.commands import resolve
from grader.runtimes.versions import IMAGES

from . import appimage
from .builder import Builder, BuildFailedError
from .engine import Engine
from .ground import Ground
from .images import Images
from .instances import Instances
from .names import Names
from .powers import Powers
from .scripts import Scripts
from .services import Services
from .sweep import remove_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from grader.model.target import Instance, InstanceState, LogLine
    from grader.runtimes.base import AppSource, RunContext

    from .engine import Image


class DockerRuntime:
    """Runs an app and its services in containers; see the protocol for what the methods promise."""

    name = "docker"
    powers = frozenset(POWERS)

    def __init__(self, context: RunContext, engine: Engine | None = None) -> None:
        self._context = context
        self._names = Names(context.id)
        self._engine = engine or Engine()
        self._builder = Builder(self._engine.endpoint)
        self._images = Images(self._engine, self._builder)
        self._ground: Ground | None = None
        self._instances: Instances | None = None
        self._powers: Powers | None = None
        self.leftovers: tuple[str, ...] = ()

    def probe(self) -> Problem | None:
        """Return why no engine can be used from here, or None."""
        try:
            assert self._engine.api is not None
        except StoppedError as stop:
            return stop.problem
        return None

    def build(self, source: AppSource) -> Build:
        """Build the app's image; networks and bench are made meanwhile."""
        self._check(source)
        ground = self._begin()
        base = IMAGES["node"]
        with self._step("building the app's image") as note:
            found = self._images.find(appimage.recipe(source, base, cache_mount=False))
            if found is not None:
                note.append("unchanged")
                return Build(source=source, handle=found.id, note="image reused: nothing changed")
            image = self._build(source, base)
            ground.aside(self._images.prune_apps, image.id)
            return Build(source=source, handle=image.id)

    def start(self, build: Build, services: Sequence[str], env: Mapping[str, str]) -> Instance:
        """Start services and app; raises `StoppedError` (learner) where the app does not come up."""
        ground = self._begin()
        ground.begin(services)
        image = self._engine.image(build.handle)
        if image is None:
            raise stopped(Blame.OURS, "start", "the app's image is gone from the engine", "grade again")
        fresh = Services(ground, services, build.source.faults)
        self._instances = Instances(
            engine=self._engine,
            ground=ground,
            names=self._names,
            source=build.source,
            image=image,
            services=fresh,
        )
        scripts = Scripts(self._engine, ground, self._instances, build.source)
        self._powers = Powers(
            engine=self._engine,
            ground=ground,
            instances=self._instances,
            scripts=scripts,
            source=build.source,
            services=fresh,
            templates=env,
            seed=self._context.seed,
        )
        with self._step(f"starting {', '.join(services) or 'the bench'}"):
            assert ground.postgres is not None or "postgres" not in services
            assert ground.redis is not None or "redis" not in services
            assert ground.benches is not None
        with self._step("starting the app"):
            return self._powers.first()

    def power(self, name: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Do what a check asked for."""
        if self._powers is None:
            raise stopped(Blame.OURS, "power", "the app was not started yet")
        return self._powers.do(name, args)

    def state(self, instance: str) -> InstanceState:
        """Tell how an instance fares."""
        return self._started().state(instance)

    def logs(self, instance: str, since: float) -> list[LogLine]:
        """Return an instance's output since a time (epoch seconds)."""
        return self._started().logs(instance, since)

    def close(self) -> None:
        """Remove everything of this run; what stays is told, and kept in `leftovers`."""
        self._builder.children.close()
        if self._ground is None:
            self._engine.close()
            return
        self._ground.close()
        self.leftovers = remove_run(self._engine, self._context.id)
        for name in self.leftovers:
            self._context.emit(StepOutput(text=f"left behind on the Docker engine: {name}"))
        self._engine.close()

    def _check(self, source: AppSource) -> None:
        """Raise `StoppedError` for what no engine is needed to see."""
        if source.app.build != "auto":
            raise stopped(Blame.USAGE, "build", "the docker runtime cannot build by the app's own Dockerfile")
        appimage.check_source(source.root)
        for process, script in source.app.processes.items():
            resolve(source.root, script, process)
        for script in source.app.prepare:
            resolve(source.root, script)

    def _begin(self) -> Ground:
        if self._ground is None:
            self._ground = Ground(self._engine, self._images, self._names)
        return self._ground

    def _build(self, source: AppSource, base: str) -> Image:
        recipe = appimage.recipe(source, base, cache_mount=self._builder.buildx)
        try:
            return self._images.build(recipe, source.limits.build, self._say)
        except BuildFailedError as error:
            raise appimage.build_failed(error, source.limits.build) from error

    def _say(self, line: str) -> None:
        self._context.emit(StepOutput(text=line))

    def _started(self) -> Instances:
        if self._instances is None:
            raise stopped(Blame.OURS, "start", "the app was not started yet")
        return self._instances

    @contextmanager
    def _step(self, name: str) -> Iterator[list[str]]:
        began, note = time.monotonic(), list[str]()
        self._context.emit(StepStarted(name=name))
        yield note
        seconds = round(time.monotonic() - began, 3)
        self._context.emit(StepEnded(name=name, seconds=seconds, note=", ".join(note)))
