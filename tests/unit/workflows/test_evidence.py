"""What the parent adds to a failure: the right lines of the right processes, and what nobody reached."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.model.events import CheckEnded, CheckStarted
from grader.model.exercise import App, Check, Exercise
from grader.model.outcome import Outcome, Tier
from grader.model.problem import Blame, stopped
from grader.model.report import CheckResult, Evidence
from grader.model.target import Instance, LogLine
from grader.workflows.evidence import Witness

if TYPE_CHECKING:
    from collections.abc import Sequence

CHECK = Check(id="x.line.a", line="x.line", function="test_a", title="A.")
APP = Instance(
    id="app",
    url="http://127.0.0.1:1",
    services={"redis": "redis://127.0.0.1:2", "smtp": "http://bench:t@127.0.0.1:3/sinks/smtp-1"},
    env={"REDIS_URL": "redis://127.0.0.1:4", "SMTP_URL": "smtp://127.0.0.1:5"},
)
OTHER = Instance(id="app-2", url="http://127.0.0.1:6", services=APP.services, env=APP.env)


@dataclass
class Runtime:
    """Answers with what it is given; `connections` are those of redis, by instance."""

    lines: Sequence[LogLine] = ()
    connections: dict[str, int] = field(default_factory=dict)

    def power(self, name: str, args: dict[str, Any]) -> dict[str, Any]:
        if name == "instance":
            return asdict(OTHER)
        assert (name, args["dependency"]) == ("fault", "redis")
        if args["instance"] not in self.connections:
            raise stopped(Blame.OURS, "bench", "the bench does not answer")
        return {"connections": self.connections[args["instance"]]}

    def logs(self, instance: str, since: float) -> list[LogLine]:
        return [line for line in self.lines if line.at >= since] if instance == "app" else []


def line(text: str, process: str = "", after: float = 1.0) -> LogLine:
    return LogLine(at=time.time() + after, text=text, process=process)


def attached(runtime: Runtime, *, waited: bool, another: bool = False, **seen: Any) -> Evidence:
    """Return the evidence of a check that failed, which may have started an instance of its own."""
    app = App(processes={"web": "start", "worker": "worker"})
    exercise = Exercise(
        id="x", name="x", kind="phase", title="X", root=Path(), lines=(), run_order=(), app=app, faults=("redis", "smtp")
    )  # fmt: skip
    witness = Witness(runtime, APP, exercise, lambda _event: None)  # type: ignore[arg-type]
    given = Evidence(actual="no mail", waited=waited, request_ids=("x.line.a.1", "x.line.a.12"), **seen)
    result = CheckResult(
        id=CHECK.id, line="x.line", tier=Tier.CORE, title="A.", outcome=Outcome.FAIL, evidence=given
    )
    witness.hear(CheckStarted(check=CHECK))
    if another:
        witness.answer("instance", {})
    witness.hear(CheckEnded(result=result))
    return witness.attached(result).evidence


LINES = (
    line("before the check", after=-60),
    line("GET x.line.a.1"),
    line("GET x.line.a.12", after=2),
    line("connect ECONNREFUSED", "worker", after=3),
)


def test_request_is_found_by_its_own_id_alone() -> None:
    """`a.1` is not `a.12`, and a worker has no part in what a request was answered."""
    assert attached(Runtime(LINES), waited=False).log == "GET x.line.a.12"


def test_waiting_in_vain_shows_what_all_processes_logged() -> None:
    """But for the check's earlier requests; each other process by its name."""
    seen = attached(Runtime(LINES, {"app": 3}), waited=True)
    assert seen.log == "GET x.line.a.12\n[worker] connect ECONNREFUSED"
    assert seen.actual == "no mail"


def test_waiting_in_vain_names_who_was_silent() -> None:
    """A worker that hangs prints nothing, and that is what there is to know."""
    assert attached(Runtime(LINES[:3], {"app": 3}), waited=True).log == (
        "GET x.line.a.12\n[worker] printed nothing meanwhile"
    )


def test_instances_of_the_checks_own_may_have_no_worker() -> None:
    """Then its silence means nothing."""
    assert attached(Runtime(LINES[:3], {"app-2": 3}), waited=True, another=True).log == "GET x.line.a.12"


def test_service_that_nobody_reached_is_named() -> None:
    """With the variable that leads to it; of the instance that the check is about."""
    told = "no mail\nnothing has connected to redis so far (REDIS_URL)"
    assert attached(Runtime(connections={"app": 0}), waited=True).actual == told
    assert attached(Runtime(connections={"app": 9, "app-2": 0}), waited=True, another=True).actual == told
    assert attached(Runtime(connections={"app": 0}), waited=False).actual == "no mail"


def test_bench_that_does_not_answer_changes_no_failure() -> None:
    """What it would have told is left out."""
    assert attached(Runtime(), waited=True).actual == "no mail"


def test_many_lines_are_cut_to_the_last_and_alike_ones_counted() -> None:
    """Twelve rows at most."""
    lines = [line(f"{'x' * number} is new", after=number) for number in range(1, 30)]
    again = [line(f"redis {number}", "worker", after=40 + number) for number in range(9)]
    rows = attached(Runtime([*lines, *again], {"app": 1}), waited=True).log.split("\n")
    assert len(rows) == 12
    assert rows[-1] == "[worker] redis 8  (9 lines like this)"


def test_log_that_a_failure_brings_stays() -> None:
    """The last words of what ended are not replaced."""
    assert attached(Runtime(LINES, {"app": 1}), waited=True, log="last words").log == "last words"
