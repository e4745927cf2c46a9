"""The app under the learner's own PM2: started, asked, killed, and its logs read where PM2 says they are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.kit import wait
from grader.kit.verdicts import UnmetError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from grader.kit.service import ScriptRun, Service

ONLINE, ERRORED = "online", "errored"
START_SECONDS = 40.0
_ASK_SECONDS = 40.0
_LOG_BYTES = 1_500_000
LOGS = "given-logs"
"""The last part of LOG_DIR: no program calls its own folder so."""

_HOME = {"PM2_HOME": "{folder}/pm2", "LOG_DIR": f"{{folder}}/{LOGS}"}


@dataclass(frozen=True)
class Process:
    """One process as `pm2 jlist` tells of it; `memory_cap` is in bytes, 0 without one."""

    name: str
    pid: int
    status: str
    restarts: int
    out: str
    error: str
    memory_cap: int


@dataclass(frozen=True)
class Pm2:
    """A PM2 of its own in an instance that is an empty place, with a PM2_HOME and a LOG_DIR of its own.

    `env` are variables beside those of the instance.
    """

    place: Service
    env: Mapping[str, str]

    def run(
        self, *command: str, env: Mapping[str, str] | None = None, seconds: float = START_SECONDS
    ) -> ScriptRun:
        """Run `pm2` with these arguments, whatever comes of it."""
        given = {**_HOME, **self.env, **(env or {})}
        return self.place.run_command("pm2", *command, env=given, seconds=seconds)

    def does(self, *command: str, env: Mapping[str, str] | None = None) -> None:
        """Run `pm2` with these arguments; raises `UnmetError` where it fails or takes over 40 s."""
        ended = self.run(*command, env=env)
        if ended.exit_code != 0:
            raise UnmetError(
                f"`pm2 {' '.join(command)}` works.",
                expected="exit code 0",
                actual=f"exit code {ended.exit_code}: {ended.output[-1200:]}",
            )

    def processes(self) -> list[Process]:
        """Return what `pm2 jlist` lists; raises `UnmetError` where that is no list."""
        ended = self.run("jlist", seconds=_ASK_SECONDS)
        rows = _listed(ended.output)
        if rows is None:
            raise UnmetError(
                "`pm2 jlist` lists the processes.", expected="a JSON array", actual=ended.output[-600:]
            )
        return [_process(row) for row in rows]

    def named(self, name: str) -> list[Process]:
        """Return the processes of one app."""
        return [one for one in self.processes() if one.name == name]

    def until(self, good: Callable[[list[Process]], bool], within: float) -> list[Process]:
        """Ask until a list of the processes is good, for so many seconds; return the last list."""
        return wait.for_value(self.processes, good, within)

    def kill(self, name: str) -> Process:
        """SIGKILL the first process of an app behind PM2's back; return what was known of it."""
        found = self.named(name)
        if not found or found[0].pid <= 0:
            raise UnmetError(
                f"The app `{name}` runs under PM2.", expected=f"`{name}` in `pm2 jlist`", actual=told(found)
            )
        self.place.kill(pid=found[0].pid)
        return found[0]

    def log(self, name: str) -> str:
        """Return what an app wrote, both files, from where `pm2 jlist` says it goes."""
        paths = sorted({path for one in self.named(name) for path in (one.out, one.error) if path})
        return "\n".join(self.tail(path) for path in paths)

    @staticmethod
    def in_log_dir(path: str) -> bool:
        """Tell whether a file lies in the LOG_DIR of this PM2."""
        return f"/{LOGS}/" in path

    def tail(self, path: str) -> str:
        """Return the last 1.5 MB of a file of the place."""
        return self.place.run_command("tail", "-c", str(_LOG_BYTES), path, seconds=_ASK_SECONDS).output

    def end(self) -> None:
        """End everything that runs in the place."""
        self.place.kill()


def told(processes: Sequence[Process]) -> str:
    """Return processes as people read them."""
    return (
        ", ".join(f"{one.name}: {one.status}, pid {one.pid}, {one.restarts} restarts" for one in processes)
        or "none"
    )


def _listed(output: str) -> list[dict[str, Any]] | None:
    """Return the array in an output that may begin with a banner."""
    decoder, start = json.JSONDecoder(), output.find("[")
    found: list[dict[str, Any]] | None = None
    while start >= 0:
        try:
            value, _ = decoder.raw_decode(output, start)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, list) and all(isinstance(one, dict) and "pm2_env" in one for one in value):
            if value:
                return value
            found = value
        start = output.find("[", start + 1)
    return found


def _process(row: Mapping[str, Any]) -> Process:
    env = row.get("pm2_env")
    facts = env if isinstance(env, dict) else {}
    return Process(
        name=str(row.get("name", "")),
        pid=_whole(row.get("pid")),
        status=str(facts.get("status", "")),
        restarts=_whole(facts.get("restart_time")),
        out=str(facts.get("pm_out_log_path") or ""),
        error=str(facts.get("pm_err_log_path") or ""),
        memory_cap=_whole(facts.get("max_memory_restart")),
    )


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0
