"""Keeps a started service up for people: for curl, for an IDE, for plain pytest."""

from __future__ import annotations

import json
import socket
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from grader.suite.runner import reply
from grader.workflows import runs, session
from grader.workflows.evidence import Witness

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from grader.model.events import Listener
    from grader.model.target import Target
    from grader.workflows.places import Places

TARGET_FILE = "target.json"


def until_interrupted(target: Target) -> None:
    """Say where the service is and wait for Ctrl-C."""
    for line in describe(target):
        sys.stderr.write(line + "\n")
    sys.stderr.write("Press Ctrl-C to stop it.\n")
    with suppress(KeyboardInterrupt):
        threading.Event().wait()


def describe(target: Target) -> list[str]:
    """Return lines that tell a person how to reach the service and what it was given."""
    app = target.app
    return [
        f"{target.exercise} runs at {app.url} ({target.runtime}, seed {target.seed}).",
        *(f"  {name}: {url}" for name, url in app.services.items()),
        *(f"  {name}={value}" for name, value in sorted(app.env.items())),
    ]


def keep(job: session.Job, runtime: str, where: Places, listen: Listener) -> None:
    """Start the job's app, publish it for plain pytest, and stay until interrupted.

    Raises `StoppedError` where it cannot be started.
    """
    runs.sweep(where)
    with session.live(job, runtime, where, listen) as app:
        witness = Witness(app.runtime, app.target.app, job.exercise, listen)
        with _published(job, app, where, witness):
            sys.stderr.write(f"Checks by plain pytest:  pytest {_relative(job)}\n")
            until_interrupted(app.target)


@contextmanager
def _published(job: session.Job, app: session.Live, where: Places, witness: Witness) -> Iterator[None]:
    path = app.folder / "powers.sock"
    target_file = where.state / TARGET_FILE
    plan = session.plan_for(job, app.target, app.folder).to_json()
    with _serving(path, witness):
        target_file.write_text(json.dumps({**plan, "socket": str(path)}), encoding="utf-8")
        try:
            yield
        finally:
            target_file.unlink(missing_ok=True)


@contextmanager
def _serving(path: Path, witness: Witness) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        path.chmod(0o600)
        server.listen()
        threading.Thread(target=_serve, args=(server, witness), daemon=True).start()
        yield


def _serve(server: socket.socket, witness: Witness) -> None:
    """Answer one pytest after another; two at once would grade one service against each other."""
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return  # the server was closed: the end
        with connection, connection.makefile("rb") as lines:
            for line in lines:
                answered = reply(json.loads(line), witness.answer)
                connection.sendall(json.dumps(answered).encode() + b"\n")


def _relative(job: session.Job) -> Path:
    return job.exercise.root.relative_to(job.catalog.root)
