"""Reports to render: one for each way a run can end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from grader.model.outcome import Outcome, Tick, Tier, combine
from grader.model.problem import Blame, Problem
from grader.model.report import CheckResult, Evidence, ExerciseReport, LineResult, Report

TITLES = {
    "phase1.models": "Data models // Design users, tasks and their relations.",
    "phase1.jwt": "JWT authentication // Sign up, log in, and protect routes with tokens.",
    "phase1.crud": "CRUD routes // Create, read, update and delete tasks over REST.",
    "phase1.roles": "Roles // Let admins do what others may not.",
}
EVIDENCE = Evidence(
    rationale="A token without a signature was sent. Whoever accepts it lets anybody in as anybody.",
    expected="401 with a problem document",
    actual='200 {"id": 7, "email": "amy-5f2c@example.test", "role": "member"}',
    curl="curl -sS -X GET http://127.0.0.1:41873/me -H 'Authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiI3In0.'",
    transcript="> GET /me\n> authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiI3In0.\n\n< 200 OK\n< content-type: application/json\n\n"
    '{"id": 7, "email": "amy-5f2c@example.test", "role": "member"}',
    log='{"level":30,"req":"a81f","msg":"GET /me"}\n{"level":30,"req":"a81f","msg":"200 in 3 ms"}',
)
HINT = "phases/phase1-rest-api/hints.md#jwt"


def check(
    id_: str,
    title: str,
    outcome: Outcome = Outcome.PASS,
    reason: str = "",
    *,
    star: bool = False,
    **fields: object,
) -> CheckResult:
    """A check's result; its line is the first two words of its id."""
    line = ".".join(id_.split(".")[:2])
    tier = Tier.STRETCH if star else Tier.CORE
    result = CheckResult(
        id=id_, line=line, tier=tier, title=title, outcome=outcome, reason=reason, seconds=0.314
    )
    return replace(result, **fields)


def part(*checks: CheckResult, ticks: dict[str, Tick] | None = None, **fields: object) -> ExerciseReport:
    """The part of a report that these checks make."""
    lines = tuple(_line(id_, checks, (ticks or {}).get(id_, Tick.NO)) for id_ in TITLES)
    known = tuple(line for line in lines if line)
    made = ExerciseReport(
        exercise="phase1", title="A REST API", brief="phases/phase1-rest-api/README.md", lines=known, checks=checks,
        seconds=38.4, suite_seconds=31.25,
    )  # fmt: skip
    return replace(made, **fields)


def _line(id_: str, checks: tuple[CheckResult, ...], tick: Tick) -> LineResult | None:
    core = [check.outcome for check in checks if check.line == id_ and check.tier is Tier.CORE]
    stars = [check.outcome for check in checks if check.line == id_ and check.tier is Tier.STRETCH]
    if not core:
        return None
    return LineResult(
        id=id_, title=TITLES[id_], outcome=combine(core), stars_earned=stars.count(Outcome.PASS),
        stars_of=len(stars), ticked=tick,
    )  # fmt: skip


def report(*parts: ExerciseReport, **fields: object) -> Report:
    """A report of these parts; its outcome is that of its lines, or of its problem."""
    lines = [line.outcome for part in parts for line in part.lines]
    problem = next((part.problem for part in parts if part.problem), None)
    ours = problem is not None and problem.blame is Blame.OURS
    stopped = [Outcome.ERROR if ours else Outcome.FAIL] if problem else []
    made = Report(
        grader="0.1.0", target="starters/phase1-rest-api", kind="own", runtime="process", seed=424242,
        started=datetime(2031, 4, 5, 6, 7, 8, tzinfo=UTC), seconds=41.9, outcome=combine(lines + stopped), exercises=parts,
    )  # fmt: skip
    return replace(made, **fields)


def all_pass() -> Report:
    """Everything passes; one line is new, one star is missing nowhere."""
    checks = (
        check("phase1.models.creates-a-user", "A user is created with a unique e-mail."),
        check("phase1.models.cascades", "Deleting a user deletes their tasks.", star=True),
        check("phase1.jwt.logs-in", "Who signed up can log in."),
        check("phase1.jwt.rejects-alg-none", "A token whose algorithm is none is refused."),
        check("phase1.crud.reads-back", "A created task can be read back."),
        check("phase1.roles.member-is-refused", "A member may not list all users."),
    )
    ticks = {
        "phase1.models": Tick.KEPT,
        "phase1.jwt": Tick.NEW,
        "phase1.crud": Tick.NEW,
        "phase1.roles": Tick.NEW,
    }
    return report(part(*checks, ticks=ticks))


def starter() -> Report:
    """A fresh starter: the first check of each line fails, the others wait for it."""
    checks: list[CheckResult] = []
    for line, title in TITLES.items():
        first = f"{line}.answers"
        sentence = f"The routes of {title.partition(' //')[0]} answer."
        seen = Evidence(
            expected="201", actual="501 Not Implemented", curl="curl -sS -X POST http://127.0.0.1:41873/users"
        )
        checks.append(
            check(
                first, sentence, Outcome.FAIL, "POST /users answered 501, not 201.", evidence=seen, hint=HINT
            )
        )
        for number in range(1, 7):
            waiting = check(
                f"{line}.later-{number}", f"Later claim {number} holds.", Outcome.BLOCKED,
                f"it builds on {first}, which failed", blocked_by=first, star=number > 4,
            )  # fmt: skip
            checks.append(waiting)
    return report(part(*checks))


def mixed() -> Report:
    """All four outcomes in both tiers, a lost tick, a regression, notes."""
    alg_none = check(
        "phase1.jwt.rejects-alg-none", "A token whose algorithm is none is refused.", Outcome.FAIL,
        "GET /me with a forged token answered 200, not 401.", evidence=EVIDENCE, hint=HINT,
    )  # fmt: skip
    checks = (
        check("phase1.models.creates-a-user", "A user is created with a unique e-mail."),
        check("phase1.models.cascades", "Deleting a user deletes their tasks.", star=True),
        check("phase1.models.survives-a-restart", "Users are still there after a restart.", Outcome.FAIL, "The user was gone.", star=True),
        check("phase1.jwt.logs-in", "Who signed up can log in."),
        alg_none,
        check("phase1.jwt.expires", "A token stops working after its time.", Outcome.FAIL, "It was accepted 5 s later."),
        check("phase1.jwt.rotates", "A refresh token works once.", Outcome.BLOCKED, "", blocked_by="phase1.jwt.expires"),
        check("phase1.jwt.detects-reuse", "Reuse ends the session.", Outcome.BLOCKED, "", blocked_by="phase1.jwt.rotates", star=True),
        check("phase1.crud.reads-back", "A created task can be read back.", Outcome.ERROR, "KeyError: 'taskId' in support.py line 40"),
        check("phase1.roles.member-is-refused", "A member may not list all users.", Outcome.BLOCKED, "a running URL cannot be restarted"),
    )  # fmt: skip
    ticks = {"phase1.models": Tick.NEW, "phase1.jwt": Tick.LOST}
    again = (check("phase0.start.answers", "The health path answers.", Outcome.FAIL, "It answered 503."),)
    notes = ("Your notes in progress.md were left as they are.",)
    return report(part(*checks, ticks=ticks, regressions=again), notes=notes)


def worker_gone() -> Report:
    """A process beside web ended, noticed in a check of an earlier phase that has no part in it."""
    reason = "The app's process `worker` exited with code 1 although nothing had told it to stop."
    log = "file:///app/src/worker.js:9\nTypeError: Cannot read properties of undefined (reading 'email')"
    seen = Evidence(rationale=reason, expected="a worker that goes on", actual="exited with code 1", log=log)
    noticed = check(
        "phase0.start.answers",
        "The health path answers.",
        Outcome.FAIL,
        reason,
        evidence=seen,
        hint=HINT,
        ended="worker",
    )
    checks = (
        check(f"{line}.any", "Any claim.", Outcome.BLOCKED, "gone", blocked_by=noticed.id) for line in TITLES
    )
    return report(part(*checks, regressions=(noticed,)))


def problem() -> Report:
    """The app never listened: one diagnosis, although every line failed."""
    diagnosis = Problem(
        blame=Blame.LEARNER, stage="start",
        message="The app did not answer GET /healthz within 20 s; its process is still running.",
        remedy="Listen on the port in the variable PORT: app.listen(process.env.PORT)",
        log="> tasks@1.0.0 start\n> node src/server.js\n\nlistening on 3000",
    )  # fmt: skip
    checks = tuple(
        check(f"{line}.any", "Any claim.", Outcome.BLOCKED, "the app did not start") for line in TITLES
    )
    return report(part(*checks, problem=diagnosis))


def ours() -> Report:
    """The grader itself broke before any check."""
    broken = Problem(
        blame=Blame.OURS, stage="services", message="postgres ended with exit code 1.", log="out of disk"
    )
    return report(part(problem=broken))


HOSTILE = (
    "\x1b]0;owned\x07\x1b[2J\x9b31m red \u202ereversed\u200b \ud800\n"
    "::error file=a::b\n##[group]x\n  ::stop-commands::x\n"
    "<script>alert(1)</script> | a | b | [x](javascript:alert(1)) ![i](http://x/y)\n"
    "``` ````` ~~~\n- [x] phase1.models\n# heading\n</pre></details>\n%0A::error::z\n[bold]not markup[/bold] :smile:\n"
    + "wide 漢字 " * 80
    + "\n" + "A" * 3000
)  # fmt: skip


def hostile() -> Report:
    """Whatever can be said by a service says the worst."""
    names = ("rationale", "expected", "actual", "curl", "transcript", "log")
    seen = Evidence(**dict.fromkeys(names, HOSTILE))
    checks = (
        check("phase1.jwt.rejects-alg-none", HOSTILE, Outcome.FAIL, HOSTILE, evidence=seen, hint=HOSTILE),
        check("phase1.jwt.expires", HOSTILE, Outcome.FAIL, HOSTILE, evidence=seen),
        check("phase1.jwt.later", HOSTILE, Outcome.BLOCKED, HOSTILE),
        check("phase1.jwt.star", HOSTILE, Outcome.FAIL, HOSTILE, star=True, evidence=seen),
        check("phase1.crud.reads-back", HOSTILE, Outcome.ERROR, HOSTILE, evidence=seen),
    )
    broken = Problem(blame=Blame.LEARNER, stage=HOSTILE, message=HOSTILE, remedy=HOSTILE, log=HOSTILE)
    made = part(*checks, problem=broken)
    lines = tuple(replace(line, title=HOSTILE, reason=HOSTILE) for line in made.lines)
    return report(replace(made, lines=lines), target=HOSTILE, notes=(HOSTILE,))


ALL = {
    "all_pass": all_pass,
    "starter": starter,
    "mixed": mixed,
    "problem": problem,
    "ours": ours,
    "worker_gone": worker_gone,
    "hostile": hostile,
}
