"""An exercise, its lines and its checks, as the repository describes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grader.model.outcome import Tier

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Check:
    """One pytest function that proves part of a line.

    `id` is `<line id>.<function name without test_, dashes for underscores>`;
    `title` is the docstring's first line: the sentence the learner reads.
    `after` holds the ids of checks this one builds on, `needs` the names of powers, `file` its path.
    """

    id: str
    line: str
    function: str
    title: str
    tier: Tier = Tier.CORE
    after: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    alone: bool = False
    gate: bool = False
    file: str = ""
    lineno: int = 0


@dataclass(frozen=True, kw_only=True)
class Line:
    """One roadmap line of an exercise: `id` is full (`phase1.jwt`), `brief` an anchor in its brief."""

    id: str
    title: str
    brief: str
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, kw_only=True)
class App:
    """How the learner's app is started.

    `processes` maps a process name to its npm script (or Procfile entry); `web` is the one that listens
    on the variable `port_variable` and answers `health`. `prepare` are scripts run, in this order, on
    every fresh set of services before the first start. `build` is `auto` (ours) or `own` (the learner's
    Dockerfile is what is graded).
    """

    processes: Mapping[str, str] = field(default_factory=lambda: {"web": "start"})
    port_variable: str = "PORT"
    health: str = "/healthz"
    prepare: tuple[str, ...] = ()
    build: str = "auto"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Deadlines of an exercise, in seconds, and the memory of one app instance, in MiB."""

    build: float = 600.0
    prepare: float = 30.0
    start: float = 20.0
    stop: float = 10.0
    check: float = 60.0
    memory: int = 512


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """A folder of `phases/` with an exercise.toml.

    `id` is short (`phase1`), `name` the folder's (`phase1-rest-api`), `root` its path.
    `lines` stand in the roadmap's order; `run_order` holds their ids in the order they are graded.
    `env` maps the variables the grader sets to templates (`{postgres}`, `{random:32}`, plain text).
    `faults` names the services that a fault proxy stands before.
    `requires` names what the checks import beyond the kit (`jwt`, `postgres`). Of a phase, `app`, `env`,
    `services`, `limits` and `requires` hold what it inherits from `stacks_on`, too.
    """

    id: str
    name: str
    kind: str
    title: str
    root: Path
    lines: tuple[Line, ...]
    run_order: tuple[str, ...]
    app: App
    services: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    requires: tuple[str, ...] = ()
    stacks_on: str | None = None

    @property
    def checks(self) -> tuple[Check, ...]:
        """All checks of all lines, in the order in which they are graded."""
        by_id = {line.id: line for line in self.lines}
        return tuple(check for line_id in self.run_order for check in by_id[line_id].checks)
