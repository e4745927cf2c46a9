"""The process runtime: see `grader.runtimes.base` for the protocol it implements."""

from __future__ import annotations

import contextlib
import shutil
import signal
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.model.events import StepEnded, StepStarted
from grader.model.problem import Blame, Problem, stopped
from grader.model.target import Instance, InstanceState, LogLine
from grader.runtimes.base import POWERS, Build
from grader.runtimes.process.apps import Apps, Running
from grader.runtimes.process.children import Children
from grader.runtimes.process.dependencies import Installer
from grader.runtimes.process.ledger import Ledger
from grader.runtimes.process.node import Node, find_node
from grader.runtimes.process.postgres import Database, Postgres, data_home
from grader.runtimes.process.workbench import start_bench

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from grader.runtimes.base import AppSource, RunContext
    from grader.runtimes.bench_client import BenchClient

_SERVICES = {"postgres"}
_TAIL_LINES = 20


class ProcessRuntime:
    """Runs the app and its services as plain processes of this machine, on loopback; isolates nothing."""

    name = "process"
    powers = frozenset(POWERS) - {"scale", "fault"}

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._children = Children(context.id, Ledger(context.folder, context.id))
        self._pool = ThreadPoolExecutor(max_workers=3, thread_name_prefix="grade-process")
        self._instances: dict[str, Running] = {}
        self._postgres: Postgres | None = None
        self._apps: Apps | None = None
        self._templates: Mapping[str, str] = {}
        self._services: Sequence[str] = ()
        self._starting = threading.Lock()
        self._bench: Future[BenchClient] | None = None

    def probe(self) -> Problem | None:
        """Return why plain processes cannot serve here: only Windows, outside its Linux subsystem."""
        if sys.platform == "win32":
            return Problem(
                blame=Blame.MISSING,
                stage="probe",
                message="the process runtime does not run on Windows itself",
                remedy="run the grader inside WSL2 (`wsl --install`), or start Docker Desktop",
            )
        return None

    @property
    def bench(self) -> BenchClient:
        """The bench's control, started on first need; raises `StoppedError` (ours)."""
        with self._starting:
            if self._bench is None:
                self._bench = self._pool.submit(start_bench, self._children)
        return self._bench.result()

    @cached_property
    def _node(self) -> Node:
        return find_node(self._context.cache)

    def build(self, source: AppSource) -> Build:
        """Install the app's dependencies, once per lockfile; starts the bench meanwhile."""
        if source.app.build == "own":
            raise stopped(
                Blame.MISSING,
                "build",
                "this exercise grades the app's own Dockerfile, which takes Docker",
                "start Docker and run with `--runtime docker`",
            )
        self._pool.submit(lambda: self.bench)
        installer = Installer(
            children=self._children,
            node=lambda: self._node,
            cache=self._context.cache,
            home=self._context.folder / "home",
            emit=self._context.emit,
            seconds=source.limits.build,
        )
        note = installer.install(source.root)
        return Build(source=source, handle=str(source.root), note=note)

    def start(self, build: Build, services: Sequence[str], env: Mapping[str, str]) -> Instance:
        """Start fresh services, prepare them, and start the app."""
        unknown = sorted(set(services) - _SERVICES)
        if unknown:
            raise stopped(
                Blame.MISSING,
                "start",
                f"the process runtime has no {' and no '.join(unknown)}",
                "run with `--runtime docker`",
            )
        source = build.source
        self._templates, self._services = env, services
        self._apps = Apps(
            children=self._children,
            root=Path(build.handle),
            app=source.app,
            limits=source.limits,
            node=self._node.folder,
            home=self._context.folder / "home",
        )
        bench = self._pool.submit(lambda: self.bench)
        with self._step("starting the services"):
            running = self._new("app", self._databases(1))
        with self._step("preparing"):
            self._apps.prepare(running)
        with self._step("starting the app"):
            self._apps.start(running, bench.result())
        return running.instance

    def power(self, name: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Do one of `POWERS`."""
        powers: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "instance": self._instance,
            "try_start": self._try_start,
            "run_script": self._run_script,
            "kill": self._kill,
            "stop": self._stop,
            "restart": self._restart,
        }
        if name not in powers:
            raise stopped(Blame.OURS, "suite", f"the process runtime has no power `{name}`")
        return powers[name](args)

    def state(self, instance: str) -> InstanceState:
        """Tell whether all of an instance's processes run, and how the first ended that did so unasked."""
        running = self._running(instance)
        ended = [child for child in running.processes.values() if child.exit_code is not None]
        if not ended:
            return InstanceState(running=True)
        if running.asked:
            return InstanceState(running=False)
        ended[0].last_words()
        return InstanceState(
            running=False, exit_code=ended[0].exit_code, tail=running.output.tail(_TAIL_LINES)
        )

    def logs(self, instance: str, since: float) -> list[LogLine]:
        """Return what an instance's processes printed since a time."""
        return self._running(instance).output.since(since)

    def close(self) -> None:
        """End every process of this run and remove its data."""
        with contextlib.suppress(Exception):
            self._children.end(*self._instances)
            if self._postgres is not None:
                self._postgres.stop()
        with contextlib.suppress(Exception):
            self._children.close()
        with contextlib.suppress(Exception):
            self._pool.shutdown(wait=True, cancel_futures=True)
            if self._postgres is not None:  # a thread may have been copying while we stopped
                shutil.rmtree(self._postgres.data, ignore_errors=True)

    def _databases(self, number: int) -> dict[str, Database]:
        """Return new, empty databases for an app, one per service; the first call starts the servers."""
        if "postgres" not in self._services:
            return {}
        if self._postgres is None:
            data = data_home(self._context.cache) / f"grade-{self._context.id}-postgres"
            self._children.ledger.add_data(data)
            self._postgres = Postgres(self._children, self._context.cache, data)
            self._postgres.start()
        return {"postgres": self._postgres.create(f"app{number}")}

    def _new(
        self, name: str, databases: Mapping[str, Database], changes: Mapping[str, str | None] | None = None
    ) -> Running:
        running = Running(name, databases, self._templates, self._context.seed, dict(changes or {}))
        self._instances[name] = running
        return running

    def _instance(self, args: Mapping[str, Any]) -> dict[str, Any]:
        number = len(self._instances) + 1
        fresh = bool(args.get("fresh"))
        databases = self._databases(number) if fresh else self._running("app").databases
        running = self._new(f"app-{number}", databases, args.get("env"))
        try:
            if fresh:
                self._started.prepare(running)
            self._started.start(running, self.bench)
        except BaseException:
            self._started.kill(running, signal.SIGKILL)
            raise
        return asdict(running.instance)

    def _try_start(self, args: Mapping[str, Any]) -> dict[str, Any]:
        app = self._running("app")
        changes = {**app.changes, **args.get("env", {})}
        trial = Running("trial", app.databases, self._templates, self._context.seed, changes)
        ended = self._started.try_start(trial, float(args["seconds"]))
        return {"exited": ended.exit_code is not None, **asdict(ended)}

    def _run_script(self, args: Mapping[str, Any]) -> dict[str, Any]:
        running = self._running(args["instance"])
        return asdict(self._started.run_script(running, args["name"], float(args["seconds"])))

    def _kill(self, args: Mapping[str, Any]) -> dict[str, Any]:
        self._started.kill(self._running(args["instance"]), signal.Signals[args["signal"]])
        return {}

    def _stop(self, args: Mapping[str, Any]) -> dict[str, Any]:
        code, seconds = self._started.stop(self._running(args["instance"]))
        return {"exit_code": code, "seconds": seconds}

    def _restart(self, args: Mapping[str, Any]) -> dict[str, Any]:
        running = self._running(args["instance"])
        self._started.stop(running)
        running.changes |= args.get("env") or {}
        self._started.start(running, self.bench)
        return asdict(running.instance)

    @property
    def _started(self) -> Apps:
        assert self._apps is not None
        return self._apps

    def _running(self, instance: str) -> Running:
        found = self._instances.get(instance)
        if found is None:
            raise stopped(Blame.OURS, "suite", f"there is no instance `{instance}`")
        return found

    @contextlib.contextmanager
    def _step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        self._context.emit(StepStarted(name=name))
        yield
        self._context.emit(StepEnded(name=name, seconds=time.monotonic() - began))
