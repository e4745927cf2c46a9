"""How failed mails are tried again, and what is told of it."""

from __future__ import annotations

import time
from typing import Any

from grader.kit import after, alone, expect, gate, needs, stretch, wait

TRIES = 4
LOGGED_S = 5.0
SLACK_S = 3.0


@after("email-job.test_mails_the_assignee")
def test_tries_again_later_and_later(desk, service, office):
    """A mail that is refused for now (451) is tried again after JOB_BACKOFF_MS, then after twice that."""
    base = int(service.setting("JOB_BACKOFF_MS")) / 1000
    mel = desk.hires()
    desk.mail.answer(451, to=mel.email, times=3)
    desk.gives(mel)

    tries = desk.mail.attempts(mel.email, count=4, within=30, why="451 three times, then 250")
    expect.equal(
        [one.accepted for one in tries], [False, False, False, True], "Which of the tries were taken."
    )
    gaps = office.gaps(tries)
    for gap, nominal in zip(gaps, (base, 2 * base, 4 * base), strict=True):
        expect.that(
            0.9 * nominal <= gap <= nominal + SLACK_S,
            "The waiting time doubles from try to try.",
            expected=f"{nominal:g} s, at most {SLACK_S:g} s more",
            actual=f"{gap:.2f} s",
        )
    desk.mail.quiet(mel.email, seconds=2, beyond=4, why="What was sent is not tried again.")


@after("email-job.test_mails_the_assignee")
def test_gives_up_after_its_attempts(desk, service):
    """A mail that is always refused for now is tried JOB_ATTEMPTS times, and never again."""
    mel = desk.hires()
    desk.mail.answer(451, to=mel.email)
    desk.gives(mel)

    desk.mail.attempts(mel.email, count=TRIES, within=25, why="as many tries as JOB_ATTEMPTS says")
    fifth = int(service.setting("JOB_BACKOFF_MS")) / 1000 * 2 ** (TRIES - 1)
    desk.mail.quiet(mel.email, seconds=fifth + 2, beyond=TRIES, why="After the last try there is no other.")


@after("test_gives_up_after_its_attempts")
def test_tells_every_try(desk, jobs, draw):
    """`GET /jobs/:id` of a mail that failed: state, reason, and each of its four tries with its times."""
    mel, nonce = desk.hires(), draw.token()
    desk.mail.answer(451, f"4.3.0 later {nonce}", to=mel.email)
    task = desk.gives(mel)

    job = jobs.ends(task, "failed", within=25)
    known = {"queue": "email", "name": "task-assigned", "attemptsMade": TRIES, "maxAttempts": TRIES}
    expect.holds(job, known, "The facts of a job that failed.")
    data = job.object("data")
    expect.equal((data.identity("taskId"), data.identity("assigneeId")), (task.identity(), mel.id), "`data`.")
    expect.that(
        nonce in job.text("failedReason"),
        "`failedReason` has the mail server's words.",
        expected=nonce,
        actual=job["failedReason"],
    )
    tries = job.objects("attempts")
    told = [(one.get("attempt"), one.get("status"), nonce in str(one.get("error"))) for one in tries]
    wanted = [(number, "failed", True) for number in range(1, TRIES + 1)]
    expect.equal(told, wanted, "Each try: number, status, and whether `error` has the server's words.")
    times = [one.instant(name) for one in tries for name in ("startedAt", "finishedAt")]
    expect.that(times == sorted(times), "Tries began and ended one after the other.", actual=tries)
    expect.that(
        job.instant("createdAt") <= times[0] and job.instant("finishedAt"), "Created before its tries."
    )


@gate
@after("email-job.test_mails_the_assignee")
def test_tells_of_success(desk, jobs):
    """The job of a mail that was sent is `completed`, with one try and no reason to have failed."""
    mel = desk.hires()
    task = desk.gives(mel)
    came = desk.comes(mel, "A task was assigned.")[0]

    job = jobs.ends(task, "completed")
    expect.holds(job, {"attemptsMade": 1, "failedReason": None}, "A job that was completed at once.")
    expect.equal(came.header("X-Job-Id"), job.identity(), "X-Job-Id is the id of the job.")
    tries = [(one.get("status"), one.get("error")) for one in job.objects("attempts")]
    expect.equal(tries, [("completed", None)], "Its tries: status and error.")
    job.instant("finishedAt")


@after("test_gives_up_after_its_attempts")
def test_does_not_repeat_what_is_refused_for_good(desk, jobs):
    """A mail that is refused for good (550) is tried once, and its job is failed."""
    mel = desk.hires()
    desk.mail.answer(550, to=mel.email)
    task = desk.gives(mel)

    job = jobs.ends(task, "failed", within=15)
    expect.holds(job, {"attemptsMade": 1}, "A job that was refused for good.")
    desk.mail.quiet(mel.email, seconds=2, beyond=1, why="550 means: do not try again.")


@after("test_tells_of_success", "test_does_not_repeat_what_is_refused_for_good")
def test_finds_jobs_by_state_and_task(desk, jobs):
    """`GET /jobs` lists all jobs, or those of one `state`, of one `taskId`, of both."""
    mel, ben = desk.hires(), desk.hires()
    desk.mail.answer(550, to=ben.email)
    good, bad = desk.gives(mel), desk.gives(ben)
    wanted = {"completed": jobs.ends(good, "completed"), "failed": jobs.ends(bad, "failed")}

    for task, state in ((good, "completed"), (bad, "failed")):
        found = jobs.of(task, why=f"Jobs of one task that are {state}.", state=state)
        expect.equal(found.identity(), wanted[state].identity(), "The job that is found.")
    none = jobs.reader.lists("/jobs", taskId=good.identity(), state="failed")
    expect.equal(none, [], "Failed jobs of a task whose mail was sent.")
    failed = jobs.reader.lists("/jobs", state="failed")
    expect.that(
        wanted["failed"].identity() in {row.identity() for row in failed},
        "A failed job is in the list of failed jobs.",
        actual=failed,
    )
    expect.equal({row.get("state") for row in failed}, {"failed"}, "The states in the list of failed jobs.")


@after("test_tells_of_success")
def test_shows_jobs_to_admins_only(anonymous, desk, jobs):
    """`GET /jobs` and `GET /jobs/:id` are 401 without a token and 403 for who is no admin."""
    task = desk.gives(desk.hires())
    job = jobs.ends(task, "completed")

    for path in ("/jobs", f"/jobs/{job.identity()}"):
        expect.problem(anonymous.get(path), 401, f"GET {path} without a token.")
        expect.problem(desk.boss.get(path), 403, f"GET {path} by a user.")


@after("test_tells_every_try")
@needs("instance", "restart")
def test_remembers_after_a_restart(service, desk, office):
    """After a restart of API and worker a failed job reads as before, with all its tries."""
    other = service.another(fresh=True, env={"JOB_BACKOFF_MS": "100"})
    there = desk.at(other)
    mel = there.hires()
    there.mail.answer(451)
    jobs = office.jobs(there, other)
    before = jobs.ends(there.gives(mel), "failed", within=25)
    other.restart()

    expect.same(jobs.reads(before), before, "A failed job, before the restart and after it.")


@needs("logs")
@after("email-job.test_mails_the_assignee")
def test_logs_every_try(service, desk, office, draw):
    """The worker logs one JSON line for each try: jobId, attempt, status, and the error of a failed one."""
    nonce, mel, began = draw.token(), desk.hires(), time.time()
    desk.mail.answer(451, f"4.3.0 later {nonce}", to=mel.email, times=1)
    desk.gives(mel)
    job = desk.comes(mel, "The second try is taken.")[0].header("X-Job-Id")

    def own() -> list[dict[str, Any]]:
        lines = office.log_lines(service.printed(began, process="worker"))
        return [line for line in lines if line["jobId"] == job and "attempt" in line]

    lines = wait.for_value(own, lambda seen: len(seen) >= 2, LOGGED_S)
    told = [(line.get("attempt"), line.get("status"), nonce in str(line.get("error", ""))) for line in lines]
    expect.equal(
        told,
        [(1, "failed", True), (2, "completed", False)],
        "The log lines of the job: attempt, status, and whether `error` has the mail server's words.",
    )


@alone
@needs("instance")
@after("test_gives_up_after_its_attempts")
def test_poison_holds_up_nobody(service, desk):
    """Five mails that fail again and again do not hold up 20 good ones until their last try."""
    other = service.another(fresh=True, env={"JOB_BACKOFF_MS": "800"})
    there = desk.at(other)
    bad, good = there.hires(), there.hires()
    tasks = [there.task() for _ in range(20)]
    there.mail.answer(451, to=bad.email)
    for _ in range(5):
        there.gives(bad)
    for task in tasks:
        there.assigns(task, good)

    came = there.comes(good, "20 good mails.", count=20, within=40)
    last = there.mail.attempts(bad.email, count=5 * TRIES, within=40)[-1]
    late = max(one.at for one in came) - last.at
    expect.that(
        late < 0,
        "Who waits for another try does not keep a worker busy.",
        expected="20 good mails before the last try of the bad ones",
        actual=f"the last good one {late:.1f} s after it",
    )


@stretch
@needs("instance")
@after("test_tells_every_try")
def test_counts_jobs_by_state(service, desk, office):
    """`GET /jobs/stats` counts 10 completed, 3 failed and 2 delayed jobs; it is for admins only."""
    other = service.another(fresh=True, env={"JOB_BACKOFF_MS": "60000"})
    there = desk.at(other)
    jobs, good, bad, later = office.jobs(there, other), there.hires(), there.hires(), there.hires()
    there.mail.answer(550, to=bad.email)
    there.mail.answer(451, to=later.email)
    ends = {"completed": (good, 10), "failed": (bad, 3), "delayed": (later, 2)}
    tasks = {state: [there.gives(to) for _ in range(count)] for state, (to, count) in ends.items()}
    for state, given in tasks.items():
        for task in given:
            jobs.ends(task, state)

    wanted = {"waiting": 0, "active": 0, **{state: count for state, (_, count) in ends.items()}}
    expect.holds(jobs.counts(), wanted, "The counts of 10 sent, 3 refused for good, 2 to be tried later.")
    expect.problem(there.boss.get("/jobs/stats"), 403, "A user reads /jobs/stats.")


@stretch
@after("test_tells_every_try", "test_tells_of_success")
def test_tries_again_when_told(desk, jobs):
    """`POST /jobs/:id/retry` of a failed job is 202: its mail comes, its old tries stay; else 409."""
    mel = desk.hires()
    desk.mail.answer(550, to=mel.email, times=1)
    task = desk.gives(mel)
    failed = jobs.ends(task, "failed")
    path = f"/jobs/{failed.identity()}/retry"

    expect.problem(desk.boss.post(path), 403, "A user asks for another try.")
    expect.status(jobs.reader.post(path), 202, "An admin asks for another try of a failed job.")
    came = desk.comes(mel, "The mail server takes mail again: the mail comes.")[0]
    job = jobs.ends(task, "completed")
    expect.equal(came.header("X-Job-Id"), failed.identity(), "The job is the same.")
    expect.equal(job.identity(), failed.identity(), "The job is the same.")
    told = [one.get("status") for one in job.objects("attempts")]
    expect.equal(told, ["failed", "completed"], "The old try stays, and the new one follows.")
    expect.same(job.objects("attempts")[0], failed.objects("attempts")[0], "The old try stays as it was.")
    expect.problem(jobs.reader.post(path), 409, "Another try of a completed job.")
