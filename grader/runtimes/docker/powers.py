"""What checks may ask for beyond HTTP, done with containers. See `grader.runtimes.base.POWERS`."""

from __future__ import annotations

import threading
import time
from dataclasses import asdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from grader.model.problem import Blame, StoppedError, stopped
from grader.runtimes import plugins
from grader.runtimes.base import POWERS
from grader.runtimes.bench_client import no_proxy
from grader.runtimes.diagnosis import script_failed
from grader.runtimes.environment import fill, override
from grader.runtimes.labels import WEB
from grader.runtimes.text import tail

from . import health
from .instances import PORT
from .logs import last_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grader.model.target import Instance
    from grader.runtimes.base import AppSource

    from .engine import Engine
    from .ground import Ground
    from .instances import App, Instances
    from .scripts import Scripts
    from .services import Services

_FIXED = {"HOST": "0.0.0.0", "NODE_ENV": "production", "HOME": "/tmp"}  # noqa: S104, S108 - inside a container
_LOOK_AGAIN = 0.1
_SIGNAL_SECONDS = 5.0


class Powers:
    """The powers over one run's instances."""

    def __init__(
        self,
        *,
        engine: Engine,
        ground: Ground,
        instances: Instances,
        scripts: Scripts,
        source: AppSource,
        services: Services,
        templates: Mapping[str, str],
        seed: int,
    ) -> None:
        self._engine, self._ground, self._instances, self._scripts = engine, ground, instances, scripts
        self._source, self._templates, self._seed = source, templates, seed
        self._services = services

    def do(self, name: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Do one power; raises `StoppedError` for one there is not."""
        if name not in POWERS:
            raise stopped(Blame.OURS, "power", f"there is no power {name!r}")
        reply: dict[str, Any] = getattr(self, name)(**args)
        return reply

    def first(self) -> Instance:
        """Prepare a fresh database and start the first instance on it."""
        return self._instances.start(self._fresh({}))

    def instance(
        self,
        env: Mapping[str, str | None] | None = None,
        *,
        fresh: bool = False,
        processes: Sequence[str] | None = None,
    ) -> dict[str, Any]:
        """Start a second app of the same build."""
        if fresh:
            return asdict(self._instances.start(self._fresh(env or {}, processes)))
        first = self._instances["app"]
        app = self._instances.new(override(first.env, env or {}), first.services, processes)
        return asdict(self._instances.start(app))

    def try_start(self, env: Mapping[str, str | None] | None = None, seconds: float = 10.0) -> dict[str, Any]:
        """Start the web process, expecting it to end by itself."""
        whole = override(self._instances["app"].env, env or {})
        address = self._ground.addresses.take()
        container = self._instances.trial(address, whole)
        try:
            code = self._await_end(container, seconds)
            return {
                "exited": code is not None,
                "exit_code": code,
                "output": last_lines(self._engine, container, 200),
            }
        finally:
            self._engine.remove(container)
            self._ground.addresses.give_back(address)

    def run_script(self, instance: str, name: str, seconds: float = 30.0) -> dict[str, Any]:
        """Run an npm script with an instance's variables."""
        ended = self._scripts.run(name, self._instances[instance].env, seconds)
        return {"exit_code": ended.exit_code, "output": tail(ended.output, 500)}

    def kill(self, instance: str, signal: str = "SIGKILL", process: str | None = None) -> dict[str, Any]:
        """Send a signal to all processes of an instance, or of one of its processes."""
        app = self._instances[instance]
        with app.lock:
            if signal.removeprefix("SIG") == "KILL":
                self._instances.kill(app, process)
                return {}
            app.asked.update(app.labels(process))
            # The first process is an init that would tell only its child; -1 is everybody else.
            command = ["sh", "-c", 'kill -s "$1" -- -1', "sh", signal.removeprefix("SIG")]
            for label in app.labels(process):
                container = app.containers[label]
                ended = self._engine.execute(container, command, {}, _SIGNAL_SECONDS)
                if ended.exit_code and self._engine.inspect(container)["State"]["Running"]:
                    raise stopped(Blame.OURS, "power", f"{signal} could not be sent: {tail(ended.output, 3)}")
            return {}

    def stop(self, instance: str, process: str | None = None) -> dict[str, Any]:
        """Stop an instance, or one of its processes, as an operator would."""
        app = self._instances[instance]
        with app.lock:
            code, seconds = self._instances.end(app, self._source.limits.stop, process)
            return {"exit_code": code, "seconds": round(seconds, 3)}

    def restart(
        self, instance: str, env: Mapping[str, str | None] | None = None, process: str | None = None
    ) -> dict[str, Any]:
        """Stop what runs of an instance, and start it again."""
        app = self._instances[instance]
        with app.lock:
            if process is None or process in app.containers:
                self._instances.end(app, self._source.limits.stop, process)
            app.env = override(app.env, env or {})
            if process in {None, WEB}:
                return asdict(self._instances.start(app, process))
            self._instances.start_one(app, str(process))
            return asdict(app.public())

    def scale(self, instance: str, process: str, count: int) -> dict[str, Any]:
        """Have so many copies of a process run."""
        app = self._instances[instance]
        with app.lock:
            self._instances.scale(app, process, count)
            return {}

    def fault(
        self, instance: str, dependency: str, mode: str | None = None, **options: Any
    ) -> dict[str, Any]:
        """Set the mode of a dependency's proxy, if one is given; return its counters."""
        service = self._instances[instance].services.get(dependency)
        if service is None or not service.proxy:
            raise no_proxy(dependency)
        return self._ground.benches.control.fault(service.proxy, mode, options)

    def logs(self, instance: str, since: float) -> dict[str, Any]:
        """Return what an instance's processes printed since a time."""
        return {"lines": [asdict(line) for line in self._instances.logs(instance, since)]}

    def _fresh(self, env: Mapping[str, str | None], processes: Sequence[str] | None = None) -> App:
        """Return a new instance on fresh services, with its prepare scripts run."""
        services = self._services.fresh()
        urls = {name: service.url for name, service in services.items()}
        urls |= plugins.paths(self._source.plugins, PurePosixPath("/app"))
        filled = fill(self._templates, urls, self._seed)
        given = override({**_FIXED, self._source.app.port_variable: str(PORT), **filled}, env)
        for name in self._source.app.prepare:
            self._prepare(name, given)
        return self._instances.new(given, services, processes)

    def _prepare(self, name: str, env: Mapping[str, str]) -> None:
        seconds = self._source.limits.prepare
        ended = self._scripts.run(name, env, seconds)
        if ended.exit_code != 0:
            log = tail(ended.output, 30)
            raise StoppedError(script_failed(name, ended.exit_code, seconds, log, env))

    def _await_end(self, container: str, seconds: float) -> int | None:
        """Return the exit code, or None once the app listens or time is up."""
        deadline, pause = time.monotonic() + seconds, threading.Event()
        while time.monotonic() < deadline:
            state = self._engine.inspect(container)["State"]
            if not state["Running"]:
                return int(state["ExitCode"])
            if health.listeners(self._engine, container):
                return None
            pause.wait(_LOOK_AGAIN)
        return None
