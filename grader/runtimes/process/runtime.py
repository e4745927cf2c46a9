"""The process runtime: see `grader.runtimes.base` for the protocol it implements."""

from __future__ import annotations

import contextlib
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
from grader.runtimes import labels, plugins
from grader.runtimes.base import POWERS, Build
from grader.runtimes.bench_client import no_proxy
from grader.runtimes.process.apps import Apps, Running
from grader.runtimes.process.children import Children
from grader.runtimes.process.dependencies import Installer
from grader.runtimes.process.ledger import Ledger
from grader.runtimes.process.node import Node, find_node
from grader.runtimes.process.services import Services
from grader.runtimes.process.workbench import start_bench

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from grader.runtimes.base import AppSource, RunContext
    from grader.runtimes.bench_client import BenchClient
    from grader.runtimes.process.postgres import Database

_TAIL_LINES = 20


class ProcessRuntime:
    """Runs the app and its services as plain processes of this machine, on loopback; isolates nothing."""

    name = "process"
    powers = frozenset(POWERS)

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._children = Children(context.id, Ledger(context.folder, context.id))
        self._pool = ThreadPoolExecutor(max_workers=3, thread_name_prefix="grade-process")
        self._instances: dict[str, Running] = {}
        self._store: Services | None = None
        self._apps: Apps | None = None
        self._templates: Mapping[str, str] = {}
        self._extra: Mapping[str, str] = {}
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
        source = build.source
        self._templates = env
        self._extra = plugins.paths(source.plugins, source.root)
        home = self._context.folder / "home"
        self._store = Services(
            children=self._children,
            cache=self._context.cache,
            home=home,
            bench=lambda: self.bench,
            names=services,
            faults=source.faults,
        )
        self._store.require_known()
        self._apps = Apps(
            children=self._children,
            root=Path(build.handle),
            app=source.app,
            limits=source.limits,
            node=self._node.folder,
            home=home,
        )
        bench = self._pool.submit(lambda: self.bench)
        with self._step("starting the services"):
            running = self._new("app", self._store.fresh(1))
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
            "scale": self._scale,
            "fault": self._fault,
            "logs": self._logs,
        }
        if name not in powers:
            raise stopped(Blame.OURS, "suite", f"the process runtime has no power `{name}`")
        return powers[name](args)

    def state(self, instance: str) -> InstanceState:
        """Tell whether an instance runs, and how the first of its processes ended that did so unasked."""
        running = self._running(instance)
        unasked = running.unasked
        if unasked is None:
            web = running.processes.get(labels.WEB)
            return InstanceState(running=web is None or web.exit_code is None)
        label, child = unasked
        child.last_words()
        process = labels.shown(label)
        tail = running.output.tail(_TAIL_LINES, process)
        return InstanceState(running=False, exit_code=child.exit_code, tail=tail, process=process)

    def logs(self, instance: str, since: float) -> list[LogLine]:
        """Return what an instance's processes printed since a time."""
        return self._running(instance).output.since(since)

    def close(self) -> None:
        """End every process of this run and remove its data."""
        with contextlib.suppress(Exception):
            groups = [one.group(label) for one in self._instances.values() for label in one.processes]
            self._children.end(*groups)
            if self._store is not None:
                self._store.close()
        with contextlib.suppress(Exception):
            self._children.close()
        with contextlib.suppress(Exception):
            self._pool.shutdown(wait=True, cancel_futures=True)
            if self._store is not None:
                self._store.remove_data()

    def _new(
        self, name: str, databases: Mapping[str, Database], changes: Mapping[str, str | None] | None = None
    ) -> Running:
        running = Running(
            name, databases, self._templates, self._context.seed, dict(changes or {}), self._extra
        )
        self._instances[name] = running
        return running

    def _instance(self, args: Mapping[str, Any]) -> dict[str, Any]:
        number = len(self._instances) + 1
        fresh = bool(args.get("fresh"))
        assert self._store is not None
        databases = self._store.fresh(number) if fresh else self._running("app").databases
        running = self._new(f"app-{number}", databases, args.get("env"))
        running.wanted = args.get("processes")
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
        trial = Running("trial", app.databases, self._templates, self._context.seed, changes, self._extra)
        ended = self._started.try_start(trial, float(args["seconds"]))
        return {"exited": ended.exit_code is not None, **asdict(ended)}

    def _run_script(self, args: Mapping[str, Any]) -> dict[str, Any]:
        running = self._running(args["instance"])
        return asdict(self._started.run_script(running, args["name"], float(args["seconds"])))

    def _kill(self, args: Mapping[str, Any]) -> dict[str, Any]:
        number = signal.Signals[args["signal"]]
        self._started.kill(self._running(args["instance"]), number, args.get("process"))
        return {}

    def _stop(self, args: Mapping[str, Any]) -> dict[str, Any]:
        code, seconds = self._started.stop(self._running(args["instance"]), args.get("process"))
        return {"exit_code": code, "seconds": seconds}

    def _restart(self, args: Mapping[str, Any]) -> dict[str, Any]:
        running, process = self._running(args["instance"]), args.get("process")
        if process is None or process in running.processes:
            self._started.stop(running, process)
        running.changes |= args.get("env") or {}
        if process is None or process == labels.WEB:
            self._started.start(running, self.bench, process)
        else:
            self._started.start_one(running, process)
        return asdict(running.instance)

    def _scale(self, args: Mapping[str, Any]) -> dict[str, Any]:
        self._started.scale(self._running(args["instance"]), args["process"], int(args["count"]))
        return {}

    def _fault(self, args: Mapping[str, Any]) -> dict[str, Any]:
        options = {key: value for key, value in args.items() if key not in {"instance", "dependency", "mode"}}
        service = self._running(args["instance"]).databases.get(args["dependency"])
        if service is None or not service.proxy:
            raise no_proxy(args["dependency"])
        return self.bench.fault(service.proxy, args.get("mode"), options)

    def _logs(self, args: Mapping[str, Any]) -> dict[str, Any]:
        return {"lines": [asdict(line) for line in self.logs(args["instance"], float(args["since"]))]}

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
