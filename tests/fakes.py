"""Stand-ins for what the grader's parts talk to: a target, a runtime's answers, an exercise of few lines."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from grader.model.exercise import Check
from grader.model.target import Instance, Target
from grader.suite import runner
from grader.suite.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from grader.model.events import Event
    from grader.suite.runner import SuiteRun

HEADER = "import os, sys, time, pytest\nfrom grader.kit import *\n"


def target(url: str = "http://127.0.0.1:1", *, powers: tuple[str, ...] = ()) -> Target:
    """Return a target that may or may not answer."""
    return Target(
        exercise="fake",
        runtime="fake",
        app=Instance(id="app", url=url, env={"NAME": "value"}),
        powers=frozenset(powers),
        seed=7,
    )


@dataclass
class Answers:
    """Answers powers from a table; `exits_after` is the number of checks after which the app is gone."""

    replies: Mapping[str, Any] = field(default_factory=dict)
    exits_after: int | None = None
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    _states: int = 0

    def __call__(self, power: str, args: dict[str, Any]) -> dict[str, Any]:
        """Answer one request; a reply that is an exception is raised."""
        if power == "state" and "state" not in self.replies:
            self._states += 1
            gone = self.exits_after is not None and self._states >= self.exits_after
            return {
                "running": not gone,
                "exit_code": 3 if gone else None,
                "tail": "last words" if gone else "",
            }
        self.asked.append((power, args))
        reply = self.replies[power]
        if isinstance(reply, Exception):
            raise reply
        value: dict[str, Any] = reply
        return value


@dataclass
class Suite:
    """A throw-away exercise; checks stand in the order of their files and lines."""

    root: Path
    checks: list[Check] = field(default_factory=list)
    support: list[tuple[str, Path]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def write(
        self, source: str, *, exercise: str = "fake", line: str = "line", after: Any = None, needs: Any = None
    ) -> Path:
        """Add a file of checks; `after` and `needs` map a function's name to ids and powers."""
        folder = self.root / "phases" / exercise
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "exercise.toml").touch()
        path = folder / f"test_{line}.py"
        path.write_text(HEADER + dedent(source))
        for name in re.findall(r"^def (test_\w+)", dedent(source), re.MULTILINE):
            self.expect(
                path,
                name,
                line=f"{exercise}.{line}",
                after=(after or {}).get(name, ()),
                needs=(needs or {}).get(name, ()),
            )
        return path

    def expect(self, path: Path, name: str, *, line: str = "fake.line", **more: Any) -> None:
        """Expect a check, whether the file has it or not."""
        self.checks.append(
            Check(
                id=f"{line}.{name[5:].replace('_', '-')}",
                line=line,
                function=name,
                title=name,
                file=str(path),
                **more,
            )
        )

    def share(self, source: str, *, exercise: str = "fake") -> None:
        """Add a support.py."""
        path = self.root / "phases" / exercise / "support.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER + dedent(source))
        self.support.append((exercise, path))

    def plan(self, *, on: Target | None = None, seconds: float = 20) -> Plan:
        """Return the plan of a child that runs all of it."""
        folder = self.root / "stand"
        folder.mkdir(exist_ok=True)
        return Plan(
            root=self.root,
            folder=folder,
            checks=tuple(self.checks),
            support=tuple(self.support),
            target=on or target(),
            check_seconds=seconds,
        )

    def run(
        self,
        *,
        on: Target | None = None,
        answers: Answers | None = None,
        seconds: float = 20,
        grace: float = 20,
    ) -> SuiteRun:
        """Run the checks in a child."""
        return runner.run(
            self.plan(on=on, seconds=seconds), answers or Answers(), self.events.append, grace=grace
        )

    def outcomes(self, **options: Any) -> dict[str, str]:
        """Run the checks and return each one's outcome by the end of its id."""
        done = self.run(**options)
        return {result.id.rsplit(".", 1)[1]: str(result.outcome) for result in done.results}
