"""Runs a plan in a child process and answers its requests until it is done."""

from __future__ import annotations

import json
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from grader.model.events import CheckEnded, ChecksCollected, CheckStarted
from grader.model.problem import Blame, StoppedError
from grader.suite.fold import Fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grader.model.events import Listener
    from grader.model.report import CheckResult
    from grader.suite.plan import Plan

_GRACE = 60.0
"""Seconds beyond a check's own limit after which a silent child is given up: a power may take long."""

_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SYSTEMROOT")


class Answers(Protocol):
    """Answers a child's request for a power with plain JSON values; raises `StoppedError`."""

    def __call__(self, power: str, args: dict[str, Any]) -> dict[str, Any]:
        """Answer one request."""


@dataclass(frozen=True, kw_only=True)
class SuiteRun:
    """What a child came to: a result for every planned check; `complaint` is empty if all is in order."""

    results: tuple[CheckResult, ...]
    complaint: str
    output: str
    seconds: float


def run(plan: Plan, answer: Answers, listen: Listener) -> SuiteRun:
    """Run the plan's checks; every check of the plan has a result, whatever became of the child."""
    began = time.monotonic()
    fold = Fold(plan.checks)
    listen(ChecksCollected(checks=plan.checks))
    with tempfile.TemporaryFile() as output, _child(plan, output) as (process, sock):
        why = _converse(plan, process, sock, fold=fold, answer=answer, listen=listen)
        fold.close(why)
        text = _tail(output)
    return SuiteRun(
        results=tuple(fold.results()),
        complaint=fold.complaint,
        output=text if fold.complaint else "",
        seconds=time.monotonic() - began,
    )


@contextmanager
def _child(plan: Plan, output: IO[bytes]) -> Iterator[tuple[subprocess.Popen[bytes], socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            process = subprocess.Popen(
                _command(plan),
                cwd=plan.folder,
                env=_environment(theirs.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        try:
            ours.sendall(json.dumps(plan.to_json()).encode() + b"\n")
            yield process, ours
        finally:
            process.kill()
            process.wait()


def _command(plan: Plan) -> list[str]:
    here = Path(__file__).parent
    folders = sorted({str(Path(check.file).parent) for check in plan.checks})
    files = sorted({check.file for check in plan.checks})
    return [
        *[sys.executable, "-I", "-X", "utf8", str(here / "child.py"), str(plan.root)],
        *["-c", str(here / "pytest.ini"), "--rootdir", str(plan.root), "--confcutdir", folders[0]],
        *["-p", "grader.kit.plugin", "-p", "pytest_timeout", f"--timeout={plan.check_seconds:g}"],
        *["-q", "--tb=short", *files],
    ]


def _environment(descriptor: int) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "GRADE_CHANNEL": str(descriptor)}


def _converse(
    plan: Plan,
    process: subprocess.Popen[bytes],
    sock: socket.socket,
    *,
    fold: Fold,
    answer: Answers,
    listen: Listener,
) -> str:
    """Take events until the child is done; return why it was given up, or an empty text."""
    checks = {check.id: check for check in plan.checks}
    running: str | None = None
    for message in _messages(sock, plan.check_seconds + _GRACE):
        if message is None:
            return f"the suite said nothing for {plan.check_seconds + _GRACE:g} s"
        fold.take(message)
        match message["event"]:
            case "power":
                sock.sendall(json.dumps(_reply(message, answer)).encode() + b"\n")
            case "started":
                if running:
                    listen(CheckEnded(result=fold.result(checks[running])))
                running = message["id"]
                listen(CheckStarted(check=checks[message["id"]]))
    if running:
        listen(CheckEnded(result=fold.result(checks[running])))
    code = process.wait(timeout=_GRACE)
    return "" if code in {0, 1} else f"the suite's process ended with code {code}"


def _messages(sock: socket.socket, silence: float) -> Iterator[dict[str, Any] | None]:
    """Yield each message; None, once, when nothing came for `silence` seconds; end when the child is gone."""
    buffer = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        while True:
            if not selector.select(silence):
                yield None
                return
            chunk = sock.recv(1 << 16)
            if not chunk:
                return
            buffer += chunk
            while (end := buffer.find(b"\n")) >= 0:
                line = bytes(buffer[:end])
                del buffer[: end + 1]
                yield json.loads(line)


def _reply(message: dict[str, Any], answer: Answers) -> dict[str, Any]:
    try:
        return {"id": message["id"], "ok": True, "value": answer(message["power"], message["args"])}
    except StoppedError as stop:
        return {"id": message["id"], "ok": False, "problem": stop.problem.to_json()}
    except Exception as error:  # noqa: BLE001 - our crash becomes this check's error, not the run's end
        problem = {
            "blame": Blame.OURS.value,
            "stage": message["power"],
            "message": f"{type(error).__name__}: {error}",
        }
        return {"id": message["id"], "ok": False, "problem": problem}


def _tail(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - 4000))
    return output.read().decode("utf-8", "replace")
