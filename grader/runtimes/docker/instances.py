"""The app's instances: containers of one image, each with its variables, its database and its URL."""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from grader.model.problem import Blame, stopped
from grader.model.target import Instance, InstanceState, LogLine
from grader.runtimes import labels
from grader.runtimes.commands import resolve
from grader.runtimes.labels import WEB

from . import health, logs
from .options import Shape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grader.runtimes.base import AppSource

    from .engine import Engine, Image
    from .ground import Ground
    from .names import Names
    from .services import Service, Services

PORT = 3000
USER = "1000:1000"
"""`node` of the official image; the image's USER says the same, but is not ours to rely on."""
SHELL = ("bash", "-c")
"""Unlike the image's `sh`, it becomes the last command it runs, which so gets SIGTERM itself."""


_PATH = "/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
QUIET = {
    "PATH": _PATH,
    "PM2_HOME": "/tmp/.pm2",  # noqa: S108 - inside; the home of the image's user is read-only
    "npm_config_cache": "/tmp/.npm",  # noqa: S108 - inside
    "npm_config_update_notifier": "false",
}
"""What makes programs work on a read-only root; not told to checks."""


@dataclass
class App:
    """One instance: `env` is what the learner's code reads, `asked` the processes whose end was asked for.

    Processes go by their labels; `wanted` are those that a start starts, `older` holds the log of
    containers it had before.
    """

    id: str
    wanted: list[str]
    env: dict[str, str]
    services: dict[str, Service] = field(default_factory=dict)
    port: int = 0
    addresses: dict[str, str] = field(default_factory=dict)
    containers: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    older: deque[LogLine] = field(default_factory=lambda: deque(maxlen=logs.MAX_LINES))
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def web(self) -> str:
        """The container of the process that listens."""
        return self.containers[WEB]

    def public(self) -> Instance:
        """Return the instance as checks know it."""
        admin = {name: service.admin for name, service in self.services.items()}
        return Instance(id=self.id, url=f"http://127.0.0.1:{self.port}", services=admin, env=self.env)

    def labels(self, process: str | None) -> list[str]:
        """Return the labels meant by a process' name, None being all there are; raises `StoppedError`."""
        return labels.meant(process, self.containers)


class Instances:
    """All instances of a run."""

    def __init__(
        self,
        *,
        engine: Engine,
        ground: Ground,
        names: Names,
        source: AppSource,
        image: Image,
        services: Services,
    ) -> None:
        self._engine, self._ground, self._names = engine, ground, names
        self._source, self._image, self._services = source, image, services
        self._apps: dict[str, App] = {}
        self._numbers = itertools.count(1)
        self._containers = itertools.count(1)

    def __getitem__(self, instance: str) -> App:
        """Return an instance by id; raises `StoppedError` for one there is not."""
        if instance not in self._apps:
            raise stopped(Blame.OURS, "power", f"there is no instance {instance!r}")
        return self._apps[instance]

    def new(
        self, env: Mapping[str, str], services: Mapping[str, Service], processes: Sequence[str] | None = None
    ) -> App:
        """Return a new instance, not started yet; `processes` are those it is to have (None: all)."""
        number = next(self._numbers)
        wanted = labels.chosen(processes, self._source.app.processes)
        app = App("app" if number == 1 else f"app{number}", wanted, dict(env), dict(services))
        self._apps[app.id] = app
        return app

    def start(self, app: App, only: str | None = None) -> Instance:
        """Start an instance, or one process of it, and return once its health path answers 200.

        Raises `StoppedError` where it does not.
        """
        for label in [only] if only else app.wanted:
            self.start_one(app, label)
        app.port = self._ground.benches.forward(app.id, app.addresses[WEB], PORT)
        health.wait(self._engine, app, self._source)
        return app.public()

    def start_one(self, app: App, label: str) -> None:
        """Start one process, at the address it had before if it had one; its old log stays readable."""
        process = labels.process_of(label, self._source.app.processes)
        if label in app.containers:
            app.older.extend(self._lines(app, 0.0, label))
            self._ground.aside(self._engine.remove, app.containers[label])
        if label not in app.addresses:
            app.addresses[label] = self._ground.addresses.take()
        role = app.id if label == WEB else f"{app.id}-{label}"
        command = resolve(self._source.root, self._source.app.processes[process], process)
        environment = {**command.env, **app.env}
        shape = self.shape(role, app.addresses[label], environment, [*SHELL, command.shell])
        app.containers[label] = self._engine.run(shape)
        app.asked.discard(label)

    def scale(self, app: App, process: str, count: int) -> None:
        """Have `count` copies of a process run."""
        known = self._source.app.processes
        wanted = labels.copies(labels.process_of(process, known), count)
        there = [label for label, one in app.containers.items() if self._runs(one)]
        for label in wanted:
            if label not in there:
                self.start_one(app, label)
        for label in there:
            if labels.process_of(label, known) == process and label not in wanted:
                self.end(app, self._source.limits.stop, label)

    def trial(self, address: str, env: Mapping[str, str]) -> str:
        """Start the web process alone, as no instance, and return its container."""
        command = resolve(self._source.root, self._source.app.processes[WEB], WEB)
        return self._engine.run(self.shape("trial", address, {**command.env, **env}, [*SHELL, command.shell]))

    def shape(self, role: str, address: str, env: Mapping[str, str], command: Sequence[str]) -> Shape:
        """Return the shape of a container of the app."""
        return Shape(
            image=self._image.id,
            command=command,
            name=self._names.name(f"{role}-{next(self._containers)}"),
            hostname=role,
            labels=self._names.labels("app"),
            image_labels=tuple(self._image.labels),
            volumes=self._image.volumes,
            network=self._names.name("inner"),
            address=address,
            user=USER,
            environment={**QUIET, **env},
            hosts=self._services.hosts,
            memory=self._source.limits.memory,
            # No throttling below what a small machine has: a start would take twice as long.
            cpus=min(2, self._engine.cpus),
        )

    def end(self, app: App, seconds: float, process: str | None = None) -> tuple[int | None, float]:
        """Send SIGTERM, after `seconds` SIGKILL; return the exit code (None: killed), and the seconds.

        Of a whole instance it is the exit code of web.
        """
        meant = app.labels(process)
        app.asked.update(meant)
        began = time.monotonic()
        running = [label for label in meant if self._runs(app.containers[label])]
        for label in running:
            self._engine.kill(app.containers[label], "SIGTERM")
        left = {
            label: self._engine.wait(app.containers[label], began + seconds - time.monotonic())
            for label in running
        }
        if None in left.values():
            self.kill(app, process)
        spent, told = time.monotonic() - began, process or WEB
        if told in left or told not in app.containers:
            return left.get(told), spent
        return int(self._engine.inspect(app.containers[told])["State"]["ExitCode"]), spent

    def kill(self, app: App, process: str | None = None) -> None:
        """Kill the whole process tree of an instance, or of one process, and wait until it is gone."""
        meant = app.labels(process)
        app.asked.update(meant)
        for label in meant:
            self._engine.kill(app.containers[label])
        for label in meant:
            self._engine.wait(app.containers[label], self._engine.seconds)

    def _runs(self, container: str) -> bool:
        return bool(self._engine.inspect(container)["State"]["Running"])

    def state(self, instance: str) -> InstanceState:
        """Tell whether an instance runs, and how the first of its processes ended that did so unasked."""
        app = self[instance]
        states = {label: self._engine.inspect(one)["State"] for label, one in app.containers.items()}
        ended = [label for label, state in states.items() if not state["Running"]]
        unasked = next((label for label in ended if label not in app.asked), None)
        if unasked is None:
            return InstanceState(running=WEB not in ended)
        killed = "killed: out of memory\n" if states[unasked]["OOMKilled"] else ""
        tail = killed + logs.last_lines(self._engine, app.containers[unasked])
        code = int(states[unasked]["ExitCode"])
        return InstanceState(running=False, exit_code=code, tail=tail, process=labels.shown(unasked))

    def logs(self, instance: str, since: float) -> list[LogLine]:
        """Return an instance's last lines since a time (epoch seconds)."""
        app = self[instance]
        older = [line for line in app.older if line.at >= since]
        return [*older, *self._lines(app, since)][-logs.MAX_LINES :]

    def _lines(self, app: App, since: float, process: str | None = None) -> list[LogLine]:
        """Return what processes of an instance printed, in the order in which they did."""
        found = [
            replace(line, process=labels.shown(label))
            for label in app.labels(process)
            for line in logs.lines(self._engine, app.containers[label], since)
        ]
        return sorted(found, key=lambda line: line.at)
