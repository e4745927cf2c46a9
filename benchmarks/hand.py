"""The rival: compose up --build --wait, plain pytest with the same checks, compose down."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import ROOT
from grader.content import layers
from grader.content.catalog import Catalog
from grader.model.target import Instance, Target
from grader.runtimes.versions import IMAGES
from grader.suite.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HERE = Path(__file__).parent / "by_hand"


def compose_command() -> list[str] | None:
    """Return the compose that is installed here, v2 before v1."""
    if shutil.which("docker") and _answers(["docker", "compose", "version"]):
        return ["docker", "compose"]
    return ["docker-compose"] if shutil.which("docker-compose") else None


@contextmanager
def prepared(exercise_id: str) -> Iterator[Path]:
    """Give a folder with the solution's app and the Dockerfile a person would write."""
    catalog = Catalog(ROOT)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "app"
        layers.write_solution(catalog, catalog.outline(exercise_id), folder)
        shutil.copy(HERE / "Dockerfile", folder / "Dockerfile")
        yield folder


def once(compose: list[str], app: Path, what: str) -> float:
    """Do it all once and return the seconds beyond the suite's own."""
    environment = _environment(app)
    command = [*compose, "-p", "by-hand", "-f", str(HERE / "compose.yaml")]
    wait = ["--wait"] if compose[0] == "docker" else []
    began = time.perf_counter()
    try:
        _run([*command, "up", "-d", "--build", *wait], environment)
        if not wait:
            _until_healthy(int(environment["HOST_PORT"]))
        suite = _suite(environment, what)
    finally:
        _run([*command, "down", "-v", "-t", "2"], environment)
    return time.perf_counter() - began - suite


def _environment(app: Path) -> dict[str, str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return {
        **os.environ,
        "APP_FOLDER": str(app),
        "POSTGRES_IMAGE": IMAGES["postgres"],
        "HOST_PORT": str(port),
        "JWT_SECRET": secrets.token_hex(24),
        "ADMIN_PASSWORD": secrets.token_hex(8),
    }


def _suite(environment: Mapping[str, str], what: str) -> float:
    """Run plain pytest against the service and return its seconds."""
    (selection,) = Catalog(ROOT).resolve([what])
    app = Instance(
        id="app",
        url=f"http://127.0.0.1:{environment['HOST_PORT']}",
        env={
            "JWT_SECRET": environment["JWT_SECRET"],
            "JWT_ISSUER": "by-hand",
            "ADMIN_EMAIL": "admin@example.test",
            "ADMIN_PASSWORD": environment["ADMIN_PASSWORD"],
            "ROLE_TTL_S": "1",
        },
    )
    exercise = selection.exercise
    plan = Plan(
        root=ROOT,
        folder=ROOT,
        checks=selection.checks,
        support=((exercise.id, exercise.root / "support.py"),),
        target=Target(exercise=exercise.id, runtime="by-hand", app=app, seed=1),
        check_seconds=exercise.limits.check,
    )
    with tempfile.TemporaryDirectory() as name:
        target = Path(name) / "target.json"
        target.write_text(json.dumps({**plan.to_json(), "socket": ""}))
        files = sorted({check.file for check in selection.checks})
        began = time.perf_counter()
        command = [sys.executable, "-m", "pytest", "-q", "-p", "grader.kit.plugin", *files]
        _run(command, {**environment, "GRADE_TARGET": str(target)})
        return time.perf_counter() - began


def _until_healthy(port: int) -> None:
    """Compose v1 cannot wait; a person would ask until the service answers."""
    _run(["curl", "-sf", "--retry", "200", "--retry-delay", "0", "--retry-all-errors", "-o", os.devnull,
          f"http://127.0.0.1:{port}/healthz"], os.environ)  # fmt: skip


def _run(command: list[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        command, cwd=ROOT, env=dict(environment), check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-3000:]}")


def _answers(command: list[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
