"""The protocol every runtime implements, in the grader's own nouns.

One runtime object serves one run. Life cycle: `probe`, then `build`, then `start`; while the suite runs,
`power` answers what checks ask for, `state` and `logs` tell how an instance fares; `close` always comes
last, from a `finally`, and leaves nothing behind. Methods raise `StoppedError`: blame LEARNER where the
app is at fault (its build failed, it never listened), OURS where we are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from grader.model.events import Listener
    from grader.model.exercise import App, Limits
    from grader.model.problem import Problem
    from grader.model.target import Instance, InstanceState, LogLine

POWERS = ("instance", "try_start", "run_script", "kill", "stop", "restart", "scale", "fault", "logs")
"""What a check may ask of a runtime beyond HTTP.

`process` names one process of an instance: `web`, `worker`; further copies of one are called `worker-2`,
`worker-3`. Without it the whole instance is meant.

instance(env, fresh, processes) -> Instance: a second app of the same build; `env` overrides the app's
    variables (null unsets one); `fresh` gives it new, prepared services, else it shares the first app's;
    `processes` are those to start (null: all), `web` among them.
try_start(env, seconds) -> {"exited", "exit_code", "output"}: the web process alone, expected to end by
    itself; ended by force once `seconds` are over or it listens. It shares the first app's services.
run_script(instance, name, seconds) -> {"exit_code", "output"}: an npm script of the app, run with that
    instance's variables and services; `exit_code` is null when it outlived `seconds`.
kill(instance, signal, process) -> {}: a signal by name ("SIGKILL") to the whole process tree, and wait
    until it is gone (SIGKILL) or delivered.
stop(instance, process) -> {"exit_code", "seconds"}: SIGTERM, then SIGKILL after the exercise's stop limit
    (`exit_code` is null then; of a whole instance it is that of `web`).
restart(instance, env, process) -> Instance: stops what runs of the instance, starts it again with the same
    services and, where given, other variables; same id, same URL; nothing is prepared again.
scale(instance, process, count) -> {}: makes `count` copies of a process other than `web` run: the first
    ones that are missing are started, the last ones too many stopped as by `stop`.
fault(instance, dependency, mode, ...) -> {"connections", "open", "refused", "bytes_up", "bytes_down",
    "mode"}: puts the proxy between the instance and one of the exercise's `faults` into a mode of
    `grader/bench/modes.py`; without a mode it only counts. Instances that share services share their proxies.
logs(instance, since) -> {"lines": [{"at", "text", "process"}]}: what the instance's processes printed since a
    time in epoch seconds, at most the last 2000 lines; `process` is empty for `web`.

`stop`, `restart`, `kill` and `scale` make the end of those processes asked for: `state` then is no crash.
"""


@dataclass(frozen=True, kw_only=True)
class RunContext:
    """What every runtime gets from the workflow.

    `id` names the run (lower-case hex, unique), `folder` is its private folder, made and removed by the
    workflow, `cache` the user's cache that outlives runs, `emit` takes progress events, and `seed` makes
    random variables repeatable.
    """

    id: str
    folder: Path
    cache: Path
    seed: int
    emit: Listener = field(default=lambda _event: None)


@dataclass(frozen=True, kw_only=True)
class AppSource:
    """A private copy of the app to run: `root` holds its files, `digest` is their SHA-256.

    `plugins` are the names of the exercise's own files in `root`/`plugins.FOLDER`; `faults` are the
    services that the app reaches through a fault proxy.
    """

    root: Path
    digest: str
    app: App
    limits: Limits
    plugins: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Build:
    """What `build` made, opaque to all but its runtime; `note` says what was reused."""

    source: AppSource
    handle: str
    note: str = ""


class Runtime(Protocol):
    """Starts an app with its services. See the module's docstring for the life cycle."""

    name: str
    powers: frozenset[str]

    def probe(self) -> Problem | None:
        """Return why this runtime cannot serve on this machine, with the remedy, or None."""

    def build(self, source: AppSource) -> Build:
        """Make the app runnable (dependencies installed, image built), reusing what is unchanged."""

    def start(self, build: Build, services: Sequence[str], env: Mapping[str, str]) -> Instance:
        """Start fresh services, prepare them, start the app; return once its health path answers 200.

        `env` maps variables to templates; `{postgres}` is the URL the app reaches that service by, as a
        role that is no superuser. See `grader.runtimes.environment`.
        """

    def power(self, name: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Do one of `POWERS` and return its reply as plain JSON values."""

    def state(self, instance: str) -> InstanceState:
        """Tell whether an instance runs, and how it ended if it ended unasked."""

    def logs(self, instance: str, since: float) -> list[LogLine]:
        """Return the instance's output since a time (epoch seconds), at most the last 2000 lines."""

    def close(self) -> None:
        """Stop and remove everything this run started. Never raises; may be called twice."""


RuntimeFactory = Callable[[RunContext], Runtime]
