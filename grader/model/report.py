"""The frozen record of one run; every exporter draws from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grader.model.outcome import Outcome, Tick, Tier

if TYPE_CHECKING:
    from datetime import datetime

    from grader.model.problem import Problem


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Why a check did not pass, as the learner reads it; every text is bounded and printable.

    `rationale` is what was done and why it matters, `curl` a command that repeats the last request,
    `transcript` the HTTP exchange, `log` the service's own lines of that moment. `waited` says that the
    check gave up waiting for something that no request answers, such as a mail.
    """

    rationale: str = ""
    expected: str = ""
    actual: str = ""
    curl: str = ""
    transcript: str = ""
    log: str = ""
    request_ids: tuple[str, ...] = ()
    waited: bool = False


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """How one check came out; `reason` is one sentence for anything but pass, `seconds` wall time.

    `ended` names the process other than `web` that ended unasked during the check: it fails for that alone.
    """

    id: str
    line: str
    tier: Tier
    title: str
    outcome: Outcome
    reason: str = ""
    seconds: float = 0.0
    evidence: Evidence = field(default_factory=Evidence)
    hint: str = ""
    blocked_by: str | None = None
    ended: str = ""


@dataclass(frozen=True, kw_only=True)
class LineResult:
    """How one line came out over its core checks; stars count its stretch checks."""

    id: str
    title: str
    outcome: Outcome
    reason: str = ""
    stars_earned: int = 0
    stars_of: int = 0
    ticked: Tick = Tick.NO


@dataclass(frozen=True, kw_only=True)
class ExerciseReport:
    """The part of a report that belongs to one exercise."""

    exercise: str
    title: str
    brief: str
    lines: tuple[LineResult, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    regressions: tuple[CheckResult, ...] = ()
    problem: Problem | None = None
    whole: bool = True
    seconds: float = 0.0
    suite_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Report:
    """One run of one or more exercises.

    `target` is what people call it (`starters/phase1-rest-api`, a URL); `kind` is one of
    `own`, `solution`, `starter`, `directory`, `url`; `notes` are sentences for people (progress.md
    was not written because ...); `started` is UTC; `problem` is what stopped the run as a whole, before
    any exercise could have a part of its own.
    """

    grader: str
    target: str
    kind: str
    runtime: str
    seed: int
    started: datetime
    seconds: float
    outcome: Outcome
    exercises: tuple[ExerciseReport, ...]
    notes: tuple[str, ...] = ()
    problem: Problem | None = None
