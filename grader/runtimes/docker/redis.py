"""Redis in a container of the run: one server for each set of fresh services, nothing kept on disk."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grader.model.problem import Blame, stopped
from grader.runtimes.text import tail

from .options import Shape

if TYPE_CHECKING:
    from .engine import Engine, Image
    from .names import Names

FIRST_PORT = 6379
USER = "redis"
_SECONDS = 20.0
_SERVE = (
    'redis-server --port "$1" --save "" --appendonly no --protected-mode no --dir /tmp --daemonize yes'
    ' >/dev/null && until redis-cli -p "$1" ping 2>/dev/null | grep -q PONG; do sleep 0.02; done'
)


@dataclass
class Redis:
    """The container; a further server in it takes 50 ms, a container of its own a quarter of a second.

    Servers of their own, not numbers of one: what is published reaches all numbers of a server.
    """

    engine: Engine
    names: Names
    image: Image
    address: str
    container: str = ""
    _servers: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Start the container; it runs no server yet."""
        self.container = self.engine.run(
            Shape(
                image=self.image.id,
                command=["sleep", "infinity"],
                name=self.names.name("redis"),
                hostname="redis",
                labels=self.names.labels("redis"),
                image_labels=tuple(self.image.labels),
                network=self.names.name("inner"),
                address=self.address,
                user=USER,
                volumes=self.image.volumes,
                memory=256,
                cpus=self.engine.cpus,
            )
        )

    def server(self) -> int:
        """Start an empty server and return its port; raises `StoppedError` (ours)."""
        with self._lock:
            port = FIRST_PORT + self._servers
            self._servers += 1
        ended = self.engine.execute(self.container, ["sh", "-c", _SERVE, "sh", str(port)], {}, _SECONDS)
        if ended.exit_code != 0:
            raise stopped(
                Blame.OURS,
                "services",
                "Redis did not start in its container",
                "grade again",
                tail(ended.output),
            )
        return port
