"""What a check may do to the running service beyond HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.kit.verdicts import BlockedError, GraderError, UnmetError
from grader.model.problem import Blame, Problem
from grader.model.target import Instance, LogLine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from grader.kit.channel import Channel


@dataclass(frozen=True)
class ScriptRun:
    """How a script of the app ended; `exit_code` is None when it had to be ended by force."""

    exit_code: int | None
    output: str


@dataclass(frozen=True)
class Ending:
    """How an instance stopped; `exit_code` is None when SIGTERM did not end it within its time."""

    exit_code: int | None
    seconds: float


@dataclass(frozen=True)
class Service:
    """One instance of the app and what may be done to it.

    `channel` is a function, so that plain pytest connects only when a power is used.
    """

    instance: Instance
    powers: frozenset[str]
    channel: Callable[[], Channel]

    def another(
        self,
        *,
        env: Mapping[str, str | None] | None = None,
        fresh: bool = False,
        processes: Sequence[str] | None = None,
    ) -> Service:
        """Start a second instance; `fresh` gives it new, prepared services, None in `env` unsets.

        `processes` are those to start, `web` among them (None: all that exercise.toml names). Beside a
        worker that runs already, an instance that shares its services wants `processes=["web"]`.
        """
        return self._of(
            self._ask("instance", env=dict(env or {}), fresh=fresh, processes=processes and list(processes))
        )

    def try_start(self, *, env: Mapping[str, str | None], seconds: float = 10.0) -> ScriptRun:
        """Start the app expecting it to end by itself within `seconds`."""
        reply = self._ask("try_start", env=dict(env), seconds=seconds)
        return ScriptRun(reply["exit_code"] if reply["exited"] else None, reply["output"])

    def run_script(self, name: str, *, seconds: float = 30.0) -> ScriptRun:
        """Run a script of the app with this instance's variables and services."""
        reply = self._ask("run_script", instance=self.instance.id, name=name, seconds=seconds)
        return ScriptRun(reply["exit_code"], reply["output"])

    def kill(self, signal: str = "SIGKILL", *, process: str | None = None) -> None:
        """Send a signal to the instance's processes, or to one of them (`worker`, `worker-2`)."""
        self._ask("kill", instance=self.instance.id, signal=signal, process=process)

    def stop(self, *, process: str | None = None) -> Ending:
        """Stop the instance, or one of its processes: SIGTERM, then SIGKILL."""
        return Ending(**self._ask("stop", instance=self.instance.id, process=process))

    def restart(self, *, env: Mapping[str, str | None] | None = None, process: str | None = None) -> Service:
        """Start the instance, or one of its processes, again: same URL, same services."""
        return self._of(self._ask("restart", instance=self.instance.id, env=dict(env or {}), process=process))

    def scale(self, process: str, count: int) -> None:
        """Have `count` copies of a process run: 0 stops all, 2 starts `worker-2` beside `worker`.

        A copy that was killed or stopped is started again if it is among the first `count`.
        """
        self._ask("scale", instance=self.instance.id, process=process, count=count)

    def fault(self, dependency: str, mode: str | None = None, **options: Any) -> dict[str, Any]:
        """Set a dependency's proxy to a mode and return its counters; checks use the fixture `faults`."""
        return self._ask("fault", instance=self.instance.id, dependency=dependency, mode=mode, **options)

    def printed(self, since: float, *, process: str | None = None) -> list[str]:
        """Return the lines that the instance printed since a time in epoch seconds (the last 2000).

        `process` is whose: `web`, `worker`, `worker-2`; None means all of them.
        """
        reply = self._ask("logs", instance=self.instance.id, since=since)
        lines = [LogLine(**line) for line in reply["lines"]]
        return [line.text for line in lines if process in {None, line.process or "web"}]

    def setting(self, name: str) -> str:
        """Return a variable the app was given; blocked where the grader cannot know it."""
        if name not in self.instance.env:
            raise BlockedError(
                f"the grader does not know {name} of this service: "
                f"export {name} with the service's value and run again"
            )
        return self.instance.env[name]

    def admin_url(self, service: str) -> str:
        """Return the grader's own URL of a backing service; blocked where there is none."""
        if service not in self.instance.services:
            raise BlockedError(f"the grader cannot look into the {service} of a service it did not start")
        return self.instance.services[service]

    def _of(self, reply: dict[str, Any]) -> Service:
        return Service(Instance.from_json(reply), self.powers, self.channel)

    def _ask(self, power: str, **args: Any) -> dict[str, Any]:
        if power not in self.powers:
            raise BlockedError(f"needs `{power}`, which only a service that the grader starts can do")
        given = {name: value for name, value in args.items() if value is not None}
        reply = self.channel().ask(power, given)
        if reply["ok"]:
            value: dict[str, Any] = reply["value"]
            return value
        problem = Problem.from_json(reply["problem"])
        if problem.blame is Blame.LEARNER:
            raise UnmetError(problem.message, expected=problem.remedy, actual=problem.log[-1500:])
        raise GraderError(f"{problem.stage}: {problem.message} {problem.log}")
