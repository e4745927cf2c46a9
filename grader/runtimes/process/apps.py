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
from grader.runtimes import labels
from grader.runtimes.commands import resolve
from grader.runtimes.diagnosis import script_failed
from grader.runtimes.environment import fill, override
from grader.runtimes.process import surroundings, tree
from grader.runtimes.process.output import Output
from grader.runtimes.process.ports import free_port
from grader.runtimes.process.startup import Startup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
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
    """An app instance: its services, its variables, and the processes it has just now, by label.

    `extra` are placeholders that no service fills; `asked` holds the labels whose end was asked for.
    """

    id: str
    databases: Mapping[str, Database]
    templates: Mapping[str, str]
    seed: int
    changes: dict[str, str | None] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    wanted: Sequence[str] | None = None
    output: Output = field(default_factory=Output)
    processes: dict[str, Child] = field(default_factory=dict)
    door: int = 0
    asked: set[str] = field(default_factory=set)

    @property
    def env(self) -> dict[str, str]:
        """The exercise's variables as the app gets them."""
        urls = {noun: database.url for noun, database in self.databases.items()}
        return override(fill(self.templates, {**urls, **self.extra}, self.seed), self.changes)

    @property
    def instance(self) -> Instance:
        """What a suite is told about it."""
        admin = {noun: database.admin for noun, database in self.databases.items()}
        return Instance(id=self.id, url=f"http://127.0.0.1:{self.door}", services=admin, env=self.env)

    def group(self, label: str) -> str:
        """Return the name by which a process of this instance, and all it started, is found."""
        return f"{self.id}/{label}"

    def labels(self, process: str | None) -> list[str]:
        """Return the labels meant by a process' name, None being all there are; raises `StoppedError`."""
        return labels.meant(process, self.processes)

    @property
    def unasked(self) -> tuple[str, Child] | None:
        """The first process that ended although nobody asked it to."""
        ended = ((label, one) for label, one in self.processes.items() if one.exit_code is not None)
        return next((pair for pair in ended if pair[0] not in self.asked), None)


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

    def start(self, running: Running, bench: BenchClient, only: str | None = None) -> None:
        """Start all wanted processes, or only one, and wait until the instance is healthy.

        Raises `StoppedError` where it does not become so.
        """
        port = free_port()
        running.door = bench.forward(running.id, "127.0.0.1", port)
        for label in [only] if only else labels.chosen(running.wanted, self.app.processes):
            self.start_one(running, label, port)
        Startup(
            children=running.processes,
            asked=running.asked,
            output=running.output,
            find=lambda: self._members(running),
            door=running.door,
            port=port,
            port_variable=self.app.port_variable,
            health=self.app.health,
            seconds=self.limits.start,
            env=self._environment(running, port),
        ).wait()

    def start_one(self, running: Running, label: str, port: int | None = None) -> None:
        """Start one process of an instance; `port` is what it may listen on."""
        script = self.app.processes[labels.process_of(label, self.app.processes)]
        running.asked.discard(label)
        running.processes[label] = self._spawn(
            script,
            self._environment(running, port or free_port()),
            running.group(label),
            running.output,
            process=label,
        )

    def scale(self, running: Running, process: str, count: int) -> None:
        """Have `count` copies of a process run."""
        wanted = labels.copies(labels.process_of(process, self.app.processes), count)
        there = [label for label, child in running.processes.items() if child.exit_code is None]
        for label in wanted:
            if label not in there:
                self.start_one(running, label)
        for label in there:
            if labels.process_of(label, self.app.processes) == process and label not in wanted:
                self.stop(running, label)

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

    def kill(self, running: Running, number: int, process: str | None = None) -> None:
        """Send a signal to the tree of an instance or of one process; return once it is gone or delivered."""
        meant = running.labels(process)
        running.asked.update(meant)
        if number == signal.SIGKILL:
            self.children.end(*map(running.group, meant))
        else:
            tree.send(tree.without_shells(self._members(running, process)), number)

    def stop(self, running: Running, process: str | None = None) -> tuple[int | None, float]:
        """Ask to end; return the exit code of the process, or of web (None: by force), and the seconds."""
        meant = running.labels(process)
        running.asked.update(meant)
        children = [running.processes[label] for label in meant]
        codes, seconds = self.children.stop(children, self.limits.stop, signal.SIGTERM)
        return dict(zip(meant, codes, strict=True)).get(process or labels.WEB), seconds

    def _members(self, running: Running, process: str | None = None) -> list[psutil.Process]:
        meant = running.labels(process)
        children = [running.processes[label] for label in meant]
        leaders = [child.popen.pid for child in children if child.exit_code is None]
        return tree.members(leaders, self.children.run, set(map(running.group, meant)))

    def _spawn(
        self, script: str, env: Mapping[str, str], group: str, output: Output, process: str = ""
    ) -> Child:
        name = labels.process_of(process, self.app.processes) if process else ""
        command = resolve(self.root, script, name)
        return self.children.spawn(
            command.argv,
            cwd=self.root,
            env={**env, **command.env},
            owner=group,
            output=output,
            process=labels.shown(process),
        )

    def _environment(self, running: Running, port: int) -> dict[str, str]:
        folders = [self.root / "node_modules/.bin", self.node]
        given = {"NODE_ENV": "production", "HOST": "127.0.0.1", self.app.port_variable: str(port)}
        base = {**surroundings.plain(folders, self.home), **given, **running.env}
        return override(base, running.changes)
