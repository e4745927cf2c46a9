"""Runs the app's scripts in an idle container of its image: 40 ms each, against 220 ms for a new one."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from grader.runtimes.commands import resolve

from .instances import QUIET, SHELL
from .options import NEUTRAL_ENV
from .streams import Ended

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future

    from grader.runtimes.base import AppSource

    from .engine import Engine
    from .ground import Ground
    from .instances import Instances

_SLACK = 5.0
"""Seconds the engine gets beyond a script's own deadline."""


class Scripts:
    """The idle container of a run, made early where `prepare` will need it."""

    def __init__(self, engine: Engine, ground: Ground, instances: Instances, source: AppSource) -> None:
        self._engine, self._instances, self._source = engine, instances, source
        self._ground, self._lock = ground, threading.Lock()
        self._container: Future[str] | None = ground.aside(self._start) if source.app.prepare else None

    def run(self, name: str, env: Mapping[str, str], seconds: float) -> Ended:
        """Run a script by its npm name; with all it started it is killed after `seconds`."""
        command = resolve(self._source.root, name)
        began = time.monotonic()
        ended = self._engine.execute(
            self._idle(),
            ["timeout", "--signal=KILL", f"{seconds:g}", *SHELL, command.shell],
            {**NEUTRAL_ENV, **QUIET, **command.env, **env},
            seconds + _SLACK,
        )
        # `timeout` dies by the signal it sends to its group, so its exit code says nothing.
        return Ended(None, ended.output) if time.monotonic() - began >= seconds else ended

    def _idle(self) -> str:
        with self._lock:
            if self._container is None:
                self._container = self._ground.aside(self._start)
        return self._container.result()

    def _start(self) -> str:
        shape = self._instances.shape("scripts", self._ground.addresses.take(), {}, ["sleep", "infinity"])
        return self._engine.run(shape)
