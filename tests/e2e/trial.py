"""A repository of one small exercise in a temporary folder, and the real command line on it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import psutil

import grader.exporters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads(Path(grader.exporters.__file__).with_name("report.schema.json").read_text())
SECONDS = 30.0
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

HELLO = "- [ ] Hello // Say hello. <!-- phase1.hello -->\n"
BYE = "- [x] Bye // Say good-bye. <!-- phase1.bye -->\n"
PROGRESS = "# Roadmap\n\n" + HELLO + BYE + "\nA note.\n"
GRADED = PROGRESS.replace("[ ] Hello", "[x] Hello").replace("[x] Bye", "[ ] Bye")
"""After a run: the service of the trial says hello and not good-bye."""

FILES = {
    "phases/phase1-trial/exercise.toml": """\
format = 1
id = "phase1"
kind = "phase"
title = "Trial"
[app]
prepare = ["db:migrate"]
[[line]]
id = "hello"
title = "Hello // Say hello."
brief = "hello"
[[line]]
id = "bye"
title = "Bye // Say good-bye."
brief = "bye"
""",
    "phases/phase1-trial/test_hello.py": '''\
from grader.kit import expect


def test_greets(client):
    """The service says hello."""
    expect.status(client.get("/hello"), 200, "GET /hello greets.")
''',
    "phases/phase1-trial/test_bye.py": '''\
from grader.kit import expect


def test_leaves(client):
    """The service says good-bye."""
    expect.status(client.get("/bye"), 200, "GET /bye leaves.")
''',
    "starters/phase1-trial/package.json": json.dumps(
        {
            "name": "trial",
            "version": "1.0.0",
            "type": "module",
            "scripts": {"start": "exec node server.js", "db:migrate": "node migrate.js"},
        }
    ),
    "starters/phase1-trial/package-lock.json": json.dumps(
        {
            "name": "trial",
            "version": "1.0.0",
            "lockfileVersion": 3,
            "requires": True,
            "packages": {"": {"name": "trial", "version": "1.0.0"}},
        }
    ),
    "starters/phase1-trial/migrate.js": "",
    "starters/phase1-trial/server.js": """\
import http from "node:http";
const answer = (request, response) => {
  response.statusCode = request.url === "/bye" ? 500 : 200;
  response.end();
};
http.createServer(answer).listen(process.env.PORT, process.env.HOST);
""",
    "progress.md": PROGRESS,
}


@dataclass
class Done:
    """A finished command: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """What `--json -` left on stdout: one document that keeps the schema, and nothing else."""
        document: dict[str, Any] = json.loads(self.out)
        jsonschema.validate(document, SCHEMA, jsonschema.Draft202012Validator)
        return document

    @property
    def problem(self) -> dict[str, str]:
        """The document's problem, which says what is wrong and what mends it, on stderr too."""
        problem: dict[str, str] = self.document["problem"]
        assert problem["message"]
        assert problem["remedy"]
        # A long path is folded anywhere.
        shown = "".join(re.sub(r"[│╭╮╰╯─]", " ", self.err).split())
        assert problem["message"].split()[0] in shown
        assert "Traceback" not in self.err
        return problem

    @property
    def told(self) -> str:
        """What people read on stderr, in one line."""
        return " ".join(self.err.split())


@dataclass
class Trial:
    """The repository at `root`; runs have their folders below `tmp`."""

    root: Path
    tmp: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def starter(self) -> Path:
        return self.root / "starters/phase1-trial"

    @property
    def progress(self) -> Path:
        return self.root / "progress.md"

    def write(self, name: str, text: str) -> None:
        """Write a file of the learner's app."""
        (self.starter / name).write_text(text)

    @property
    def env(self) -> dict[str, str]:
        """The variables of a command."""
        own = {"GRADE_ROOT": str(self.root), "TMPDIR": str(self.tmp), "TERM": "dumb", "NO_COLOR": "1"}
        return {**os.environ, **own, "COLUMNS": "100", **self.environment}

    def begin(self, *arguments: str, **how: Any) -> subprocess.Popen[str]:
        """Start `grade` with these arguments."""
        command = [sys.executable, "-P", "-m", "grader.cli.grade", *arguments]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, env=self.env, text=True, **{"cwd": self.root, **pipes, **how})

    def grade(self, *arguments: str, **how: Any) -> Done:
        """Run `grade` with these arguments to its end."""
        return finish(self.begin(*arguments, **how))

    def process(self, *arguments: str) -> Done:
        """Grade the learner's folder with plain processes, the report on stdout."""
        return self.grade(*(arguments or ("phase1",)), "--runtime", "process", "--json", "-")

    def runs(self) -> list[Path]:
        """The folders of runs that live, or that nobody cleared up after."""
        return list(self.tmp.glob("backend-roadmap-grader-*/*"))

    def assert_nothing_left(self, run: str = "") -> None:
        """No folder, no process."""
        assert [path.name for path in self.tmp.rglob("*") if not path.name.startswith("backend-road")] == []
        assert (marked(run) if run else []) == []


def finish(command: subprocess.Popen[str]) -> Done:
    """Wait for a command's end; it is killed where it does not come."""
    try:
        out, err = command.communicate(timeout=SECONDS)
    finally:
        command.kill()
    return Done(command.returncode, out, err)


def marked(run: str) -> list[list[str]]:
    """Return the command lines of living processes that belong to a run."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("GRADE_RUN") == run and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.cmdline())
    return found


def read_until(command: subprocess.Popen[str], text: str) -> str:
    """Read what a command prints for people until it says `text`."""
    assert command.stderr is not None
    deadline, said = time.monotonic() + SECONDS, b""
    while text.encode() not in said:
        left = deadline - time.monotonic()
        assert select.select([command.stderr], [], [], max(left, 0))[0], said
        chunk = os.read(command.stderr.fileno(), 1 << 16)
        assert chunk, said
        said += chunk
    return said.decode()


@dataclass
class Bell:
    """A listener that a learner's program rings when it has come to a place, and then hangs on to."""

    listener: socket.socket
    rung: list[socket.socket] = field(default_factory=list)

    @property
    def program(self) -> str:
        """JavaScript that rings, and stays: `ring()`."""
        port = self.listener.getsockname()[1]
        return f'import net from "node:net";\nconst ring = () => net.connect({port}, "127.0.0.1");\n'

    def wait(self) -> None:
        """Wait until it rings."""
        self.rung.append(self.listener.accept()[0])

    def assert_silent(self) -> None:
        """Whoever rang is gone: the connection has ended."""
        for connection in self.rung:
            connection.settimeout(SECONDS)
            with contextlib.suppress(ConnectionResetError):
                assert connection.recv(1) == b""


@contextlib.contextmanager
def new_bell() -> Iterator[Bell]:
    """Give a bell."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(SECONDS)
        bell = Bell(listener)
        try:
            yield bell
        finally:
            for connection in bell.rung:
                connection.close()


def plant(root: Path, files: Mapping[str, str]) -> None:
    """Write files below a folder."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
