"""Grades a service that the learner runs themselves: nothing is started, so nothing can be asked for."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from grader.model.problem import Blame, Problem, StoppedError, stopped
from grader.model.target import Instance, InstanceState, LogLine
from grader.runtimes.base import Build
from grader.runtimes.health import first_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grader.runtimes.base import AppSource, RunContext

_SECONDS = 5.0
_PORT, _TLS_PORT = 80, 443
_SHOWN = 60


class UrlRuntime:
    """An app at a URL, with the variables that whoever started it lets the grader know."""

    name = "url"
    powers: frozenset[str] = frozenset()

    def __init__(self, _context: RunContext, url: str) -> None:
        self._url = url.rstrip("/")

    def probe(self) -> Problem | None:
        """Return why the URL cannot be graded: it is none, or nothing answers there."""
        try:
            parts = urlsplit(self._url)
            port = parts.port
        except ValueError:
            return _not_a_url(self._url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return _not_a_url(self._url)
        tls = ssl.create_default_context() if parts.scheme == "https" else None
        port = port or (_PORT if tls is None else _TLS_PORT)
        try:
            came = first_bytes(parts.hostname, port, parts.path or "/", _SECONDS, tls)
        except OSError as error:
            return _silent(self._url, error.strerror or str(error))
        except UnicodeError:  # no host has such a name
            return _not_a_url(self._url)
        if not came.startswith(b"HTTP/"):
            return _silent(self._url, f"what came is {came[:_SHOWN]!r}" if came else "nothing came in time")
        return None

    def build(self, source: AppSource) -> Build:
        """Build nothing: the app is there."""
        return Build(source=source, handle=self._url, note="already running")

    def start(self, build: Build, services: Sequence[str], env: Mapping[str, str]) -> Instance:
        """Return the app as it is; `env` holds what it was started with, in plain values, not templates."""
        del build, services
        problem = self.probe()
        if problem is not None:
            raise StoppedError(problem)
        return Instance(id="app", url=self._url, env=dict(env))

    def power(self, name: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Refuse: what the grader did not start it cannot stop either."""
        del args
        raise stopped(
            Blame.MISSING,
            "suite",
            f"`{name}` cannot be asked of a service that the grader did not start",
            "run without `--url`, so that the grader starts the app itself",
        )

    def state(self, instance: str) -> InstanceState:
        """Say that it runs: its process is not to be seen from here."""
        del instance
        return InstanceState(running=True)

    def logs(self, instance: str, since: float) -> list[LogLine]:
        """Return nothing: its output is in the learner's own terminal."""
        del instance, since
        return []

    def close(self) -> None:
        """Leave the app as it is."""


def _not_a_url(url: str) -> Problem:
    return Problem(
        blame=Blame.USAGE,
        stage="probe",
        message=f"{url!r} is no address of a web service",
        remedy="give it like `--url http://127.0.0.1:3000`",
    )


def _silent(url: str, why: str) -> Problem:
    return Problem(
        blame=Blame.LEARNER,
        stage="start",
        message=f"nothing answers HTTP at {url}: {why}",
        remedy="start the app, check the port it prints, and run the grader again",
    )
