"""Runs an app's processes and scripts, with the variables it is to see."""

from __future__ import annotations

import itertools
import signal
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grader.model.problem import StoppedError
from grader.model.target import Instance
from grader.runtimes.commands import resolve
from grader.runtimes.diagnosis import script_failed
from grader.runtimes.environment import fill, override
from grader.runtimes.process import surroundings, tree
from grader.runtimes.process.output import Output
from grader.runtimes.process.ports import free_port
from grader.runtimes.process.startup import Startup

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import psutil

    from grader.model.exercise import App, Limits
    from grader.runtimes.bench_client import BenchClient
    from grader.runtimes.process.children import Child, Children
    from grader.runtimes.process.postgres import Database

_SCRIPT_LINES = 200
_POLL = 0.01


@dataclass(frozen=True)
class Ended:
    """How a script ended: `exit_code` is None when it outlived its time."""

    exit_code: int | None
    output: str


@dataclass
class Running:
    """An app instance: its services, its variables, and the processes it has just now."""

    id: str
    databases: Mapping[str, Database]
    templates: Mapping[str, str]
    seed: int
    changes: dict[str, str | None] = field(default_factory=dict)
    output: Output = field(default_factory=Output)
    processes: dict[str, Child] = field(default_factory=dict)
    door: int = 0
    asked: bool = False

    @property
    def env(self) -> dict[str, str]:
        """The exercise's variables as the app gets them."""
        urls = {noun: database.url for noun, database in self.databases.items()}
        return override(fill(self.templates, urls, self.seed), self.changes)

    @property
    def instance(self) -> Instance:
        """What a suite is told about it."""
        admin = {noun: database.admin for noun, database in self.databases.items()}
        return Instance(id=self.id, url=f"http://127.0.0.1:{self.door}", services=admin, env=self.env)


@dataclass
class Apps:
    """Starts and stops instances of the app in `root`."""

    children: Children
    root: Path
    app: App
    limits: Limits
    node: Path
    home: Path
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def start(self, running: Running, bench: BenchClient) -> None:
        """Start all processes of an instance and wait until it is healthy; raises `StoppedError`."""
        port = free_port()
        running.asked = False
        running.door = bench.forward(running.id, "127.0.0.1", port)
        env = self._environment(running, port)
        for name, script in self.app.processes.items():
            running.processes[name] = self._spawn(script, env, running.id, running.output, process=name)
        Startup(
            children=running.processes,
            output=running.output,
            find=lambda: self._members(running),
            door=running.door,
            port=port,
            port_variable=self.app.port_variable,
            health=self.app.health,
            seconds=self.limits.start,
            env=env,
        ).wait()

    def prepare(self, running: Running) -> None:
        """Run the exercise's `prepare` scripts; raises `StoppedError` (learner) for one that fails."""
        for script in self.app.prepare:
            ended = self.run_script(running, script, self.limits.prepare)
            if ended.exit_code != 0:
                log = "\n".join(ended.output.splitlines()[-25:])
                raise StoppedError(
                    script_failed(script, ended.exit_code, self.limits.prepare, log, running.env)
                )

    def run_script(self, running: Running, script: str, seconds: float) -> Ended:
        """Run a script with an instance's variables to its end or for `seconds`."""
        group = f"{running.id}-script-{next(self._numbers)}"
        child = self._spawn(script, self._environment(running, free_port()), group, Output())
        code = child.wait(seconds)
        self.children.end(group)
        return Ended(code, child.output.tail(_SCRIPT_LINES))

    def try_start(self, running: Running, seconds: float) -> Ended:
        """Run the web process until it ends, listens (then `exit_code` is None) or `seconds` are over."""
        group = f"{running.id}-try-{next(self._numbers)}"
        script = self.app.processes["web"]
        env = self._environment(running, free_port())
        child = self._spawn(script, env, group, Output(), process="web")
        self._until_listening(child, seconds)
        code = child.wait(0)
        self.children.end(group)
        return Ended(code, child.output.tail(_SCRIPT_LINES))

    def _until_listening(self, child: Child, seconds: float) -> None:
        deadline, pause = time.monotonic() + seconds, threading.Event()
        while child.exit_code is None and time.monotonic() < deadline:
            if tree.listening(tree.members([child.popen.pid], self.children.run, child.group)):
                return
            pause.wait(_POLL)

    def kill(self, running: Running, number: int) -> None:
        """Send a signal to the instance's whole tree; return once it is gone (SIGKILL) or delivered."""
        running.asked = True
        if number == signal.SIGKILL:
            self.children.end(running.id)
        else:
            tree.send(tree.without_shells(self._members(running)), number)

    def stop(self, running: Running) -> tuple[int | None, float]:
        """Ask the instance to end; return the web process' exit code (None: by force) and the seconds."""
        running.asked = True
        names, processes = list(running.processes), list(running.processes.values())
        codes, seconds = self.children.stop(processes, self.limits.stop, signal.SIGTERM)
        by_name = dict(zip(names, codes, strict=True))
        return by_name.get("web"), seconds

    def _members(self, running: Running) -> list[psutil.Process]:
        leaders = [child.popen.pid for child in running.processes.values() if child.exit_code is None]
        return tree.members(leaders, self.children.run, running.id)

    def _spawn(
        self, script: str, env: Mapping[str, str], group: str, output: Output, process: str = ""
    ) -> Child:
        command = resolve(self.root, script, process)
        return self.children.spawn(
            command.argv, cwd=self.root, env={**env, **command.env}, owner=group, output=output
        )

    def _environment(self, running: Running, port: int) -> dict[str, str]:
        folders = [self.root / "node_modules/.bin", self.node]
        given = {"NODE_ENV": "production", "HOST": "127.0.0.1", self.app.port_variable: str(port)}
        base = {**surroundings.plain(folders, self.home), **given, **running.env}
        return override(base, running.changes)
