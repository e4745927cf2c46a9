"""The app's instances: containers of one image, each with its variables, its database and its URL."""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grader.model.problem import Blame, stopped
from grader.model.target import Instance, InstanceState, LogLine
from grader.runtimes.commands import resolve

from . import health, logs
from .options import Shape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grader.runtimes.base import AppSource

    from .engine import Engine, Image
    from .ground import Ground
    from .names import Names

WEB, PORT = "web", 3000
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
    """One instance: `env` is what the learner's code reads, `asked` that its end was asked for.

    `older` holds the log of containers it had before.
    """

    id: str
    addresses: dict[str, str]
    env: dict[str, str]
    database: str = ""
    port: int = 0
    containers: dict[str, str] = field(default_factory=dict)
    services: dict[str, str] = field(default_factory=dict)
    asked: bool = False
    older: deque[LogLine] = field(default_factory=lambda: deque(maxlen=logs.MAX_LINES))
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def web(self) -> str:
        """The container of the process that listens."""
        return self.containers[WEB]

    def public(self) -> Instance:
        """Return the instance as checks know it."""
        return Instance(id=self.id, url=f"http://127.0.0.1:{self.port}", services=self.services, env=self.env)


class Instances:
    """All instances of a run."""

    def __init__(self, engine: Engine, ground: Ground, names: Names, source: AppSource, image: Image) -> None:
        self._engine, self._ground, self._names = engine, ground, names
        self._source, self._image = source, image
        self._apps: dict[str, App] = {}
        self._numbers = itertools.count(1)
        self._containers = itertools.count(1)

    def __getitem__(self, instance: str) -> App:
        """Return an instance by id; raises `StoppedError` for one there is not."""
        if instance not in self._apps:
            raise stopped(Blame.OURS, "power", f"there is no instance {instance!r}")
        return self._apps[instance]

    def new(self, env: Mapping[str, str], database: str) -> App:
        """Return a new instance, not started yet."""
        number = next(self._numbers)
        addresses = {process: self._ground.addresses.take() for process in self._source.app.processes}
        app = App("app" if number == 1 else f"app{number}", addresses, dict(env), database)
        self._apps[app.id] = app
        postgres = self._ground.postgres
        if postgres is not None:
            port = self._ground.benches.forward("postgres", postgres.address, 5432)
            app.services["postgres"] = postgres.admin_url(database, port)
        return app

    def start(self, app: App) -> Instance:
        """Start an instance and return once its health path answers 200; else raises `StoppedError`."""
        # The one that listens comes last: once it answers, the others have begun too.
        for process, address in sorted(app.addresses.items(), key=lambda one: one[0] == WEB):
            role = app.id if process == WEB else f"{app.id}-{process}"
            command = resolve(self._source.root, self._source.app.processes[process], process)
            shape = self.shape(role, address, {**command.env, **app.env}, [*SHELL, command.shell])
            app.containers[process] = self._engine.run(shape)
        app.asked = False
        app.port = self._ground.benches.forward(app.id, app.addresses[WEB], PORT)
        health.wait(self._engine, app, self._source)
        return app.public()

    def trial(self, address: str, env: Mapping[str, str]) -> str:
        """Start the web process alone, as no instance, and return its container."""
        command = resolve(self._source.root, self._source.app.processes[WEB], WEB)
        return self._engine.run(self.shape("trial", address, {**command.env, **env}, [*SHELL, command.shell]))

    def shape(self, role: str, address: str, env: Mapping[str, str], command: Sequence[str]) -> Shape:
        """Return the shape of a container of the app."""
        postgres = self._ground.postgres
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
            hosts={"postgres": postgres.address} if postgres is not None else {},
            memory=self._source.limits.memory,
            # No throttling below what a small machine has: a start would take twice as long.
            cpus=min(2, self._engine.cpus),
        )

    def end(self, app: App, seconds: float) -> tuple[int | None, float]:
        """Send SIGTERM, after `seconds` SIGKILL; return web's exit code (None: killed), and the seconds."""
        app.asked = True
        began = time.monotonic()
        running = [one for one in app.containers.values() if self._engine.inspect(one)["State"]["Running"]]
        for container in running:
            self._engine.kill(container, "SIGTERM")
        left = {one: self._engine.wait(one, began + seconds - time.monotonic()) for one in running}
        if None in left.values():
            self.kill(app)
        spent = time.monotonic() - began
        if app.web in running:
            return left[app.web], spent
        return int(self._engine.inspect(app.web)["State"]["ExitCode"]), spent

    def kill(self, app: App) -> None:
        """Kill an instance's whole process tree and wait until it is gone."""
        app.asked = True
        for container in app.containers.values():
            self._engine.kill(container)
        for container in app.containers.values():
            self._engine.wait(container, self._engine.seconds)

    def replace(self, app: App) -> Instance:
        """Start an ended instance again, in new containers with the same addresses, log and URL."""
        app.older.extend(self._lines(app, 0.0))
        for container in app.containers.values():
            self._ground.aside(self._engine.remove, container)
        return self.start(app)

    def state(self, instance: str) -> InstanceState:
        """Tell whether an instance runs; an end that was asked for is told without exit code."""
        app = self[instance]
        states = {one: self._engine.inspect(one)["State"] for one in app.containers.values()}
        ended = next((one for one, state in states.items() if not state["Running"]), None)
        if ended is None or app.asked:
            return InstanceState(running=ended is None)
        killed = "killed: out of memory\n" if states[ended]["OOMKilled"] else ""
        tail = killed + logs.last_lines(self._engine, ended)
        return InstanceState(running=False, exit_code=int(states[ended]["ExitCode"]), tail=tail)

    def logs(self, instance: str, since: float) -> list[LogLine]:
        """Return an instance's last lines since a time (epoch seconds)."""
        app = self[instance]
        older = [line for line in app.older if line.at >= since]
        return [*older, *self._lines(app, since)][-logs.MAX_LINES :]

    def _lines(self, app: App, since: float) -> list[LogLine]:
        """Return what all processes of an instance printed, in the order in which they did."""
        found = [line for one in app.containers.values() for line in logs.lines(self._engine, one, since)]
        return sorted(found, key=lambda line: line.at)
