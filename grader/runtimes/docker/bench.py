"""The bench in a container: on both networks, its ports published on 127.0.0.1, nothing mounted."""

from __future__ import annotations

import importlib.util
import secrets
import threading
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import grader.bench
from grader.model.problem import Blame, StoppedError, stopped
from grader.runtimes.bench_client import BenchClient

from . import dockerfiles
from .images import Recipe, digest
from .options import Shape

if TYPE_CHECKING:
    from .engine import Engine
    from .names import Names
    from .subnets import Addresses

CONTROL = 9000
FORWARDS = 5
"""Of one bench. Publishing a port costs 15 ms at start and 50 ms at removal, so there are few, and
another bench when they are used up."""
STUBS = ("smtp", "collector")
"""What apps call the first bench. In DNS, too: some clients (nodemailer) ask it before /etc/hosts,
and wait half a minute for the answer that there is none."""
START_SECONDS = 15.0
_AGAIN = 0.02
_LIBRARY = ("aiosmtpd", "attr", "attrs", "public")
_PACKAGES = ("aiosmtpd", "attrs", "atpublic")
"""What the bench's mail server is made of: pure Python, copied from where the grader itself has it."""


def recipe(base: str) -> Recipe:
    """Return what the bench's image is made of: the program's files, compiled."""
    folder = Path(next(iter(grader.bench.__path__)))
    files = [path for path in folder.rglob("*.py") if path.is_file()]
    dockerfile = dockerfiles.render("bench", base=base)
    return Recipe(
        kind="bench",
        base=base,
        key=f"{digest(files, folder)} {' '.join(map(version, _PACKAGES))} {dockerfile}",
        dockerfile=dockerfile,
        folders={"bench": folder, **{f"library/{name}": _module(name) for name in _LIBRARY}},
    )


def _module(name: str) -> Path:
    found = importlib.util.find_spec(name)
    assert found is not None
    assert found.submodule_search_locations is not None
    return Path(next(iter(found.submodule_search_locations)))


@dataclass
class _Bench:
    """One bench container: `ports` maps the ports of its pool to those of this machine.

    `inner` is its address on the inner network.
    """

    client: BenchClient
    ports: dict[int, int]
    inner: str
    names: set[str] = field(default_factory=set)


@dataclass
class Benches:
    """All forwards of a run, in as many benches as they take."""

    engine: Engine
    names: Names
    image: str
    outer: Addresses
    inner: Addresses
    _benches: list[_Bench] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def control(self) -> BenchClient:
        """Return the first bench's control API."""
        return self._benches[0].client

    @property
    def stubs(self) -> str:
        """Return the address of the inner network at which the first bench's proxies and stubs listen."""
        return self._benches[0].inner

    def start(self) -> None:
        """Start another bench; raises `StoppedError` (ours) when it does not come up."""
        token = secrets.token_hex(16)
        address, pool = self.outer.take(), range(CONTROL + 1, CONTROL + 1 + FORWARDS)
        inner = self.inner.take()
        name = f"bench{len(self._benches) or ''}"
        shape = Shape(
            image=self.image,
            command=_command(address, pool, inner),
            name=self.names.name(name),
            hostname=name,
            labels=self.names.labels("bench"),
            network=self.names.name("outer"),
            address=address,
            user="65534:65534",
            environment={"BENCH_TOKEN": token},
            ports=(CONTROL, *pool),
            memory=256,
            cpus=self.engine.cpus,
            files=8192,
        )
        # First outer, then inner: in the other order no port is published.
        container = self.engine.create(shape)
        self.engine.connect(self.names.name("inner"), container, inner, () if self._benches else STUBS)
        self.engine.start(container)
        published = self.engine.inspect(container)["NetworkSettings"]["Ports"]
        ports = {
            int(key.split("/")[0]): int(bound[0]["HostPort"]) for key, bound in published.items() if bound
        }
        if CONTROL not in ports:
            raise stopped(
                Blame.OURS,
                "bench",
                "the Docker engine did not publish the bench's ports on 127.0.0.1",
                "`docker info` may tell why; or grade without Docker: `--runtime process`",
            )
        client = BenchClient(ports.pop(CONTROL), token)
        self._await_ready(client, container)
        self._benches.append(_Bench(client, ports, inner))

    def forward(self, name: str, host: str, port: int) -> int:
        """Return the port of 127.0.0.1 that leads to `host`:`port` of the inner network."""
        with self._lock:
            bench = next((one for one in self._benches if name in one.names), None)
            if bench is None:
                bench = next((one for one in self._benches if len(one.names) < FORWARDS), None)
            if bench is None:
                self.start()
                bench = self._benches[-1]
            bench.names.add(name)
            return bench.ports[bench.client.forward(name, host, port)]

    def _await_ready(self, client: BenchClient, container: str) -> None:
        """Ask for its nonce until it gives it."""
        deadline, pause = time.monotonic() + START_SECONDS, threading.Event()
        while True:
            try:
                client.nonce()
            except StoppedError as error:
                if time.monotonic() < deadline and self.engine.inspect(container)["State"]["Running"]:
                    pause.wait(_AGAIN)
                    continue
                log = self.engine.logs(container, lines=20).decode("utf-8", "replace")
                raise stopped(
                    Blame.OURS, "bench", "the bench did not come up in its container", "grade again", log
                ) from error
            return


def _command(address: str, pool: range, inner: str) -> list[str]:
    where = ["--outer", address, "--control", str(CONTROL), "--pool", f"{pool[0]}-{pool[-1]}"]
    stubs = ["--inner", inner, "--library", "/opt/grader/library"]
    return ["python", "-I", "/opt/grader/bench", *where, *stubs]
