"""The app's instances: containers of one image, each with its variables, its database and its URL."""

from __future__ import annotations

import itertools
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from grader.model.problem import Blame, stopped
from grader.model.target import Instance, InstanceState, LogLine
from grader.runtimes.commands import resolve
from grader.runtimes.text import printable

from . import health
from .options import Shape
from .text import tail

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from grader.runtimes.base import AppSource

    from .engine import Engine, Image
    from .ground import Ground
    from .names import Names

PORT = 3000
USER = "1000:1000"
"""`node` of the official image; the image's USER says the same, but is not ours to rely on."""
SHELL = ("bash", "-c")
"""Unlike the image's `sh`, it becomes the last command it runs, which so gets SIGTERM itself."""

MAX_LINES = 2000
TAIL = 30

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
    address: str
    env: dict[str, str]
    database: str = ""
    port: int = 0
    container: str = ""
    services: dict[str, str] = field(default_factory=dict)
    asked: bool = False
    older: deque[LogLine] = field(default_factory=lambda: deque(maxlen=MAX_LINES))
    lock: threading.RLock = field(default_factory=threading.RLock)

    def public(self) -> Instance:
        """Return the instance as checks know it."""
        return Instance(id=self.id, url=f"http://127.0.0.1:{self.port}", services=self.services, env=self.env)


class Instances:
    """All instances of a run."""

    def __init__(self, engine: Engine, ground: Ground, names: Names, source: AppSource, image: Image) -> None:
        self._engine, self._ground, self._names, self._source, self.image = (
            engine,
            ground,
            names,
            source,
            image,
        )
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
        app = App(
            "app" if number == 1 else f"app{number}", self._ground.addresses.take(), dict(env), database
        )
        self._apps[app.id] = app
        postgres = self._ground.postgres
        if postgres is not None:
            port = self._ground.benches.forward("postgres", postgres.address, 5432)
            app.services["postgres"] = postgres.admin_url(database, port)
        return app

    def start(self, app: App) -> Instance:
        """Start an instance and return once its health path answers 200; else raises `StoppedError`."""
        app.container = self._engine.run(self.shape(app.id, app.address, app.env))
        app.asked = False
        app.port = self._ground.benches.forward(app.id, app.address, PORT)
        health.wait(self._engine, app, self._source)
        return app.public()

    def shape(
        self, role: str, address: str, env: Mapping[str, str], command: list[str] | None = None
    ) -> Shape:
        """Return the shape of a container of the app: the web process, unless another command is given."""
        web = self._source.app.processes["web"]
        resolved = resolve(self._source.root, web, "web")
        postgres = self._ground.postgres
        return Shape(
            image=self.image.id,
            command=command or [*SHELL, resolved.shell],
            name=self._names.name(f"{role}-{next(self._containers)}"),
            hostname=role,
            labels=self._names.labels("app"),
            image_labels=tuple(self.image.labels),
            volumes=self.image.volumes,
            network=self._names.name("inner"),
            address=address,
            user=USER,
            environment={**QUIET, **({} if command else resolved.env), **env},
            hosts={"postgres": postgres.address} if postgres is not None else {},
            memory=self._source.limits.memory,
            # No throttling below what a small machine has: a start would take twice as long.
            cpus=min(2, self._engine.cpus),
        )

    def end(self, app: App, seconds: float) -> tuple[int | None, float]:
        """Send SIGTERM, after `seconds` SIGKILL; return the exit code (None: killed) and how long it took."""
        app.asked = True
        began = time.monotonic()
        state = self._engine.inspect(app.container)["State"]
        if not state["Running"]:
            return int(state["ExitCode"]), 0.0
        self._engine.kill(app.container, "SIGTERM")
        code = self._engine.wait(app.container, seconds)
        if code is None:
            self.kill(app)
        return code, time.monotonic() - began

    def kill(self, app: App) -> None:
        """Kill an instance's whole process tree and wait until it is gone."""
        app.asked = True
        self._engine.kill(app.container)
        self._engine.wait(app.container, self._engine.seconds)

    def replace(self, app: App) -> Instance:
        """Start an ended instance again, in a new container with the same address, log and URL."""
        app.older.extend(self._lines(app.container, 0.0))
        self._ground.aside(self._engine.remove, app.container)
        return self.start(app)

    def state(self, instance: str) -> InstanceState:
        """Tell whether an instance runs; an end that was asked for is told without exit code."""
        app = self[instance]
        state = self._engine.inspect(app.container)["State"]
        if state["Running"] or app.asked:
            return InstanceState(running=bool(state["Running"]))
        killed = "killed: out of memory\n" if state["OOMKilled"] else ""
        return InstanceState(
            running=False,
            exit_code=int(state["ExitCode"]),
            tail=killed + last_lines(self._engine, app.container),
        )

    def logs(self, instance: str, since: float) -> list[LogLine]:
        """Return an instance's last lines since a time (epoch seconds)."""
        app = self[instance]
        older = [line for line in app.older if line.at >= since]
        return [*older, *self._lines(app.container, since)][-MAX_LINES:]

    def _lines(self, container: str, since: float) -> list[LogLine]:
        return list(read_log(self._engine.logs(container, since, MAX_LINES))) if container else []


def last_lines(engine: Engine, container: str, lines: int = TAIL) -> str:
    """Return the last lines of a container, without time stamps."""
    return tail("\n".join(line.text for line in read_log(engine.logs(container, lines=lines))), lines)


def read_log(raw: bytes) -> Iterable[LogLine]:
    """Yield the lines of a log with time stamps; a line without one is left out."""
    for line in raw.decode("utf-8", "replace").split("\n"):
        stamp, _, text = line.partition(" ")
        try:
            at = datetime.fromisoformat(stamp).timestamp()
        except ValueError:
            continue
        yield LogLine(at=at, text=printable(text.encode()))
