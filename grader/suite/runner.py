"""Runs a plan in a child process and answers its requests until it is done."""

from __future__ import annotations

import json
import selectors
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from grader.model.events import CheckEnded, ChecksCollected, CheckStarted
from grader.model.problem import Blame, StoppedError
from grader.suite import messages, process
from grader.suite.fold import Fold
from grader.suite.messages import NonsenseError

if TYPE_CHECKING:
    import socket
    import subprocess
    from collections.abc import Iterator

    from grader.model.events import Listener
    from grader.model.report import CheckResult
    from grader.suite.plan import Plan

_GRACE = 60.0
"""Seconds beyond a check's own limit after which a silent child is given up: a power may take long."""

_GOODBYE = 10.0
"""Seconds a child may take to leave after its last report."""


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


def run(plan: Plan, answer: Answers, listen: Listener, *, grace: float = _GRACE) -> SuiteRun:
    """Run the plan's checks; every check of the plan has a result, whatever became of the child."""
    began = time.monotonic()
    fold = Fold(plan.checks)
    listen(ChecksCollected(checks=plan.checks))
    with tempfile.TemporaryFile() as output, process.started(plan, output) as (child, sock):
        sock.settimeout(grace)
        talk = _Conversation(plan, sock, child, fold, listen)
        why = talk.hold(answer, plan.check_seconds + grace)
        fold.close(why)
        talk.tell_last()
        text = process.tail(output)
    return SuiteRun(
        results=tuple(fold.results()),
        complaint=fold.complaint,
        output=text if fold.complaint else "",
        seconds=time.monotonic() - began,
    )


@dataclass
class _Conversation:
    """The exchange of messages with one child."""

    plan: Plan
    socket: socket.socket
    child: subprocess.Popen[bytes]
    fold: Fold
    listen: Listener
    _running: str | None = None
    _buffer: bytearray = field(default_factory=bytearray)

    def hold(self, answer: Answers, silence: float) -> str:
        """Take messages until the child is done; return why it was given up, or an empty text."""
        try:
            self._say(self.plan.to_json())
            for message in self._messages(silence):
                if message["event"] == "power":
                    self._say(reply(message, answer))
                    continue
                self.fold.take(message)
                if message["event"] == "started":
                    self._tell_start(message["id"])
        except NonsenseError as error:
            return f"the suite's process sent what makes no sense: {error}"
        except TimeoutError:
            return f"the suite said nothing for {silence:g} s"
        why = process.ending(self.child, _GOODBYE)
        return "" if self.fold.ended and self.child.poll() is None else why

    def tell_last(self) -> None:
        """Announce the result of the check that ran last."""
        if self._running:
            check = next(check for check in self.plan.checks if check.id == self._running)
            self.listen(CheckEnded(result=self.fold.result(check)))

    def _tell_start(self, check_id: str) -> None:
        self.tell_last()
        self._running = check_id
        self.listen(CheckStarted(check=next(check for check in self.plan.checks if check.id == check_id)))

    def _say(self, message: dict[str, Any]) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):  # it is gone: reading on tells what it said
            self.socket.sendall(json.dumps(message).encode() + b"\n")

    def _messages(self, silence: float) -> Iterator[dict[str, Any]]:
        """Yield each message until the child is gone. Raises `TimeoutError`, `NonsenseError`."""
        while chunk := self._chunk(silence):
            self._buffer += chunk
            while (end := self._buffer.find(b"\n")) >= 0:
                line = bytes(self._buffer[:end])
                del self._buffer[: end + 1]
                yield messages.read(line)
            if len(self._buffer) > messages.MAX_LINE:
                raise NonsenseError(f"{bytes(self._buffer[:80])!r} does not end")

    def _chunk(self, silence: float) -> bytes:
        """Return what came next; nothing if the child is gone, or has said all and does not go."""
        ends = time.monotonic() + silence
        with selectors.DefaultSelector() as selector:
            selector.register(self.socket, selectors.EVENT_READ)
            while True:
                # Somebody the child started may hold its end of the channel, so its life counts, too.
                gone = self.child.poll() is not None
                if selector.select(0 if gone else 0.5):
                    return self._received()
                if gone or self.fold.ended:
                    return b""
                if time.monotonic() > ends:
                    raise TimeoutError

    def _received(self) -> bytes:
        try:
            return self.socket.recv(1 << 16)
        except ConnectionResetError:  # it left with our last message unread
            return b""


def reply(message: dict[str, Any], answer: Answers) -> dict[str, Any]:
    """Return the answer to a child's request as it goes over the channel; a failure is one, too."""
    try:
        value = answer(message["power"], message["args"])
        json.dumps(value)
    except StoppedError as stop:
        return {"id": message["id"], "ok": False, "problem": stop.problem.to_json()}
    except Exception as error:  # noqa: BLE001 - our crash becomes this check's error, not the run's end
        problem = {
            "blame": Blame.OURS.value,
            "stage": message["power"],
            "message": f"{type(error).__name__}: {error}",
        }
        return {"id": message["id"], "ok": False, "problem": problem}
    return {"id": message["id"], "ok": True, "value": value}
