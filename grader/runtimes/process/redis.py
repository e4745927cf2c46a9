"""A Redis server on loopback, for each set of fresh services: the one on PATH, else a pinned wheel's."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import time
from contextlib import closing
from typing import TYPE_CHECKING

from grader.model.problem import Blame, stopped
from grader.runtimes import versions
from grader.runtimes.process import surroundings
from grader.runtimes.process.ports import free_port
from grader.runtimes.wheels import unpacked

if TYPE_CHECKING:
    from pathlib import Path

    from grader.runtimes.process.children import Child, Children

GROUP = "redis"
_VERSION = re.compile(r"v=(\d+)\.(\d+)")
_START_SECONDS = 10.0
_PAUSE = 0.005
_ATTEMPTS = 3


def start_redis(children: Children, cache: Path, home: Path) -> int:
    """Start an empty server that keeps nothing on disk; return its port. Raises `StoppedError`."""
    program = _on_path() or str(unpacked(versions.REDIS, cache) / "bin/valkey-server")
    env = surroundings.plain([], home)
    for _ in range(_ATTEMPTS):
        port = free_port()
        where = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(home)]
        kept = ["--save", "", "--appendonly", "no"]
        child = children.spawn([program, *where, *kept], cwd=home, env=env, owner=GROUP)
        if _answers(child, port):
            return port
    raise stopped(Blame.OURS, "start", "Redis did not start", "run the grader again", child.output.tail())


def _on_path() -> str | None:
    program = shutil.which("redis-server")
    if program is None:
        return None
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.search(done.stdout)
    new = match is not None and (int(match[1]), int(match[2])) >= versions.OLDEST_REDIS
    return program if new else None


def _answers(child: Child, port: int) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and child.exit_code is None:
        try:
            with closing(socket.create_connection(("127.0.0.1", port), timeout=1.0)) as connection:
                connection.sendall(b"PING\r\n")
                if connection.recv(16).startswith(b"+PONG"):
                    return True
        except OSError:
            time.sleep(_PAUSE)
    return False
