"""Waits until an app answers, and gathers what tells why one does not."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grader.model.problem import StoppedError
from grader.runtimes import labels
from grader.runtimes.diagnosis import Listening, StartFacts, not_started
from grader.runtimes.health import ask
from grader.runtimes.labels import WEB

from . import instances, listening, logs

if TYPE_CHECKING:
    from grader.runtimes.base import AppSource

    from .engine import Engine
    from .instances import App

_OK = 200
_AGAIN = 0.025
_LEAST_LIFE = 0.5
_ANSWER_SECONDS = 2.0
_SAMPLE_SECONDS = 0.7
_TABLES = ["cat", "/proc/net/tcp", "/proc/net/tcp6"]
_LOOK_SECONDS = 5.0
_PATIENCE = 0.75
"""What must be left of the time when an app that listens elsewhere is given up."""


@dataclass
class _Seen:
    """What was seen so far: the last status, and all processes there ever were."""

    status: int | None = None
    processes: set[str] = field(default_factory=set)
    sampled: float = field(default_factory=time.monotonic)


def wait(engine: Engine, app: App, source: AppSource) -> None:
    """Return once the health path answers 200; raises `StoppedError` (learner) when it does not."""
    seen, pause = _Seen(), threading.Event()
    began = time.monotonic()
    deadline = began + source.limits.start
    while (left := deadline - time.monotonic()) > 0:
        status = ask(app.port, source.app.health, min(_ANSWER_SECONDS, left))
        if status == _OK and not _let_others_live(engine, app, source, time.monotonic() - began):
            return
        seen.status = status or seen.status
        if _ended(engine, app) is not None:
            break
        if _sample(engine, app, seen) and deadline - time.monotonic() < source.limits.start * _PATIENCE:
            break
        pause.wait(_AGAIN)
    raise StoppedError(not_started(_facts(engine, app, source, seen)))


def _let_others_live(engine: Engine, app: App, source: AppSource, seconds: float) -> bool:
    """Give processes that nobody can ask as long again as web took; tell whether one died meanwhile."""
    pause = threading.Event()
    end = time.monotonic() + min(max(seconds, _LEAST_LIFE), source.limits.start)
    while set(app.containers) - {WEB} - app.asked and time.monotonic() < end:
        if _ended(engine, app) is not None:
            return True
        pause.wait(_AGAIN)
    return False


def listeners(engine: Engine, container: str) -> tuple[Listening, ...]:
    """Return the sockets a container listens on, none once it has ended."""
    try:
        return listening.parse(engine.execute(container, _TABLES, {}, _LOOK_SECONDS).output)
    except StoppedError:
        if engine.inspect(container)["State"]["Running"]:
            raise
        return ()


def _sample(engine: Engine, app: App, seen: _Seen) -> bool:
    """Now and then note the app's processes: those of a crash loop are never the same.

    Tell whether it listens only where nobody will ever ask it.
    """
    if time.monotonic() - seen.sampled < _SAMPLE_SECONDS or _ended(engine, app):
        return False
    seen.sampled = time.monotonic()
    seen.processes |= engine.processes(app.web)
    found = listeners(engine, app.web)
    return bool(found) and all(one.loopback or one.port != instances.PORT for one in found)


def _ended(engine: Engine, app: App) -> str | None:
    """Return the label of a process that ended unasked, None while all run."""
    living = ((label, one) for label, one in app.containers.items() if label not in app.asked)
    return next((label for label, one in living if not engine.inspect(one)["State"]["Running"]), None)


def _facts(engine: Engine, app: App, source: AppSource, seen: _Seen) -> StartFacts:
    # Asked before: an app may end while it is being asked, and then its end is what to tell.
    found = listeners(engine, app.web)
    ended = _ended(engine, app)
    container, runs = app.containers[ended or WEB], ended is None
    state = engine.inspect(container)["State"]
    return StartFacts(
        port=instances.PORT,
        port_variable=source.app.port_variable,
        health=source.app.health,
        seconds=source.limits.start,
        memory=source.limits.memory,
        exit_code=None if runs else int(state["ExitCode"]),
        out_of_memory=bool(state["OOMKilled"]),
        replaced=len(seen.processes - engine.processes(container)) if runs else 0,
        listening=found if runs else (),
        status=seen.status,
        remote=True,
        process=labels.shown(ended or WEB),
        env=app.env,
        tail=logs.last_lines(engine, container),
    )
