"""Runs an app's processes and scripts, with the variables it is to see."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import tempfile
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psutil

from grader.model.problem import StoppedError
from grader.model.target import Instance
from grader.runtimes import labels
from grader.runtimes.commands import resolve
from grader.runtimes.diagnosis import no_such_process, script_failed
from grader.runtimes.environment import fill, override
from grader.runtimes.process import surroundings, tree
from grader.runtimes.process.output import Output
from grader.runtimes.process.ports import free_port
from grader.runtimes.process.startup import Startup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from grader.model.exercise import App, Limits
    from grader.runtimes.bench_client import BenchClient
    from grader.runtimes.process.children import Child, Children
    from grader.runtimes.process.postgres import Database

_SCRIPT_LINES = 200
_COMMAND_BYTES = 2 << 20
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
    `doors` are the bench's ports that lead to processes that listen; `ports` are, by variable, those that
    commands of an empty place get; `others` those of the processes beside `web`, by label.
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
    doors: dict[str, int] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)
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
        doors = {name: f"http://127.0.0.1:{door}" for name, door in self.doors.items()}
        return Instance(id=self.id, url=doors.pop(labels.WEB, ""), services=admin, env=self.env, urls=doors)

    @property
    def place(self) -> str:
        """The group of what commands left running."""
        return f"{self.id}/commands"

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
    bench: Callable[[], BenchClient]
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def start(self, running: Running, only: str | None = None) -> None:
        """Start all wanted processes, or only one, and wait until the instance is healthy.

        Raises `StoppedError` where it does not become so.
        """
        port = free_port()
        self._open(running, labels.WEB, port)
        for label in [only] if only else labels.chosen(running.wanted, self.app.processes):
            self.start_one(running, label, port)
        Startup(
            children=running.processes,
            asked=running.asked,
            others=running.others.values(),
            output=running.output,
            find=lambda: self._members(running),
            door=running.doors[labels.WEB],
            port=port,
            port_variable=self.app.port_variable,
            health=self.app.health,
            seconds=self.limits.start,
            env=self._environment(running, {self.app.port_variable: port}),
        ).wait()

    def make_place(self, running: Running) -> None:
        """Make an instance in which nothing runs yet: all its ports lead to what commands will start."""
        running.ports = self._free_ports()
        for label, variable in {labels.WEB: self.app.port_variable, **self.app.ports}.items():
            self._open(running, label, running.ports[variable])

    def _open(self, running: Running, label: str, port: int) -> None:
        """Lead the bench's forward for a process to the port it is given."""
        name = running.id if label == labels.WEB else f"{running.id}-{label}"
        running.doors[label] = self.bench().forward(name, "127.0.0.1", port)

    def _free_ports(self) -> dict[str, int]:
        return {name: free_port() for name in (self.app.port_variable, *self.app.ports.values())}

    def start_one(self, running: Running, label: str, port: int | None = None) -> None:
        """Start one process of an instance; `port` is what it may listen on."""
        script = self.app.processes[labels.process_of(label, self.app.processes)]
        running.asked.discard(label)
        ports = {**self._free_ports(), **({self.app.port_variable: port} if port else {})}
        process = labels.process_of(label, self.app.processes)
        if process in self.app.ports:
            running.others[label] = ports[self.app.ports[process]]
        if label in self.app.ports:
            self._open(running, label, running.others[label])
        running.processes[label] = self._spawn(
            script,
            self._environment(running, ports),
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
        child = self._spawn(script, self._environment(running, self._free_ports()), group, Output())
        code = child.wait(seconds)
        self.children.end(group)
        return Ended(code, child.output.tail(_SCRIPT_LINES))

    def run_command(
        self, running: Running, command: Sequence[str], env: Mapping[str, str], seconds: float
    ) -> Ended:
        """Run a program in the app's folder; what it leaves running stays, until the instance ends."""
        folder = self.home / running.id
        folder.mkdir(parents=True, exist_ok=True)
        given = {name: value.replace("{folder}", str(folder)) for name, value in env.items()}
        # A file, not a pipe: what a command leaves running would hold its other end.
        with tempfile.TemporaryFile(dir=folder) as said:
            child = self.children.spawn(
                command,
                cwd=self.root,
                env={**self._environment(running, running.ports or self._free_ports()), **given},
                owner=running.place,
                stdout=said,
            )
            code = child.wait(seconds)
            if code is None:
                child.popen.kill()
                child.popen.wait()
            size = said.seek(0, os.SEEK_END)
            said.seek(max(0, size - _COMMAND_BYTES))
            return Ended(code, said.read().decode("utf-8", "replace"))

    def memory(self, running: Running, process: str | None) -> list[int]:
        """Return the resident bytes of each process of an instance, or of one of its processes."""
        found = []
        for one in self._members(running, process):
            with contextlib.suppress(psutil.Error):
                found.append(one.memory_info().rss)
        return found

    def kill_one(self, running: Running, number: int, pid: int) -> None:
        """Send a signal to one process of an instance; raises `StoppedError` (learner) for any other."""
        found = [one for one in self._members(running) if one.pid == pid]
        if not found:
            raise no_such_process(pid)
        tree.send(found, number)

    def try_start(self, running: Running, seconds: float) -> Ended:
        """Run the web process until it ends, listens (then `exit_code` is None) or `seconds` are over."""
        group = f"{running.id}-try-{next(self._numbers)}"
        script = self.app.processes["web"]
        env = self._environment(running, self._free_ports())
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
            self.children.end(*map(running.group, meant), *([] if process else [running.place]))
        else:
            tree.send(tree.without_shells(self._members(running, process)), number)

    def stop(self, running: Running, process: str | None = None) -> tuple[int | None, float]:
        """Ask to end; return the exit code of the process, or of web (None: by force), and the seconds."""
        meant = running.labels(process)
        running.asked.update(meant)
        children = [running.processes[label] for label in meant]
        codes, seconds = self.children.stop(children, self.limits.stop, signal.SIGTERM)
        if process is None:
            self.children.end(running.place)
        return dict(zip(meant, codes, strict=True)).get(process or labels.WEB), seconds

    def _members(self, running: Running, process: str | None = None) -> list[psutil.Process]:
        meant = running.labels(process)
        children = [running.processes[label] for label in meant]
        leaders = [child.popen.pid for child in children if child.exit_code is None]
        groups = {*map(running.group, meant), *(() if process else (running.place,))}
        return tree.members(leaders, self.children.run, groups)

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

    def _environment(self, running: Running, ports: Mapping[str, int]) -> dict[str, str]:
        folders = [self.root / "node_modules/.bin", self.node]
        listening = {name: str(port) for name, port in ports.items()}
        given = {"NODE_ENV": "production", "HOST": "127.0.0.1", **listening}
        base = {**surroundings.plain(folders, self.home), **given, **running.env}
        return override(base, running.changes)
