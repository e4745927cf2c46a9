"""The bench as a child process."""

from __future__ import annotations

import json
import os
import secrets
import select
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import grader.bench
from grader.model.problem import Blame, stopped
from grader.runtimes.bench_client import BenchClient

if TYPE_CHECKING:
    from grader.runtimes.process.children import Children

GROUP = "bench"
_SECONDS = 10.0


def start_bench(children: Children) -> BenchClient:
    """Start the bench, which ends with this process, and return its control; raises `StoppedError` (ours)."""
    token = secrets.token_hex(16)
    folder = Path(next(iter(grader.bench.__path__)))
    where = ["--outer", "127.0.0.1", "--library", sysconfig.get_path("purelib")]
    command = [sys.executable, "-I", "-S", str(folder), *where, "--until-stdin-closes"]
    child = children.spawn(
        command,
        cwd=Path("/"),
        env={"BENCH_TOKEN": token, "PATH": os.defpath},
        owner=GROUP,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert child.popen.stdout is not None
    readable, _, _ = select.select([child.popen.stdout], [], [], _SECONDS)
    line = child.popen.stdout.readline() if readable else b""
    child.popen.stdout.close()
    if not line:
        raise stopped(Blame.OURS, "bench", "the bench did not start", "run the grader again")
    return BenchClient(json.loads(line)["control"], token)
