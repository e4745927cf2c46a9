"""That jobs wait in Redis, are shared by workers, and outlive them."""

from __future__ import annotations

import json
import re

from grader.kit import after, alone, expect, needs, stretch, together

OUTAGE_S = 5.0
BACK_S = 20.0
SLOW_S = 2.0
HELD_S = 0.5
MANY = 50
SECRETS = re.compile(r"\$2[aby]\$\d\d\$|\$argon2|eyJ[\w-]+\.eyJ")


@needs("instance")
@after("email-job.test_mails_the_assignee")
def test_waits_in_bullmq(service, desk, office):
    """Without a worker an assignment is one waiting job of BullMQ's queue `email`, without secrets."""
    other = service.another(fresh=True, processes=["web"])
    there, shelf = desk.at(other), office.shelf(other)
    mel = there.hires()
    task = there.gives(mel)

    found = shelf.waiting()
    expect.that(
        len(found) == 1,
        "The jobs that wait in `bull:email:wait`, `delayed` or `prioritized`.",
        expected="1",
        actual=f"{len(found)}; the keys in Redis: {shelf.keys()}",
    )
    expect.that(shelf.is_bullmq(), "BullMQ keeps a `bull:email:meta`.", expected="that key", actual="none")
    job = found[0][1]
    expect.equal(job.get("name"), "task-assigned", "The job's name.")
    data = json.loads(job.get("data", "{}"))
    ids = {name: str(data.get(name)) for name in ("taskId", "assigneeId")}
    expect.equal(ids, {"taskId": task.identity(), "assigneeId": mel.id}, "The job's data.")
    secrets = SECRETS.findall(json.dumps(job))
    expect.equal(secrets, [], "Tokens and password hashes in the job.")


@needs("fault")
@after("email-job.test_mails_the_assignee")
def test_outlives_an_outage_of_redis(desk, faults, office):
    """Redis is away for 5 s: API and worker live on, and mail is sent again within 20 s after."""
    mel = desk.hires()
    with faults.refused("redis"):
        office.pause(OUTAGE_S, "the outage")

    desk.recovers(mel, within=BACK_S)


@needs("instance", "kill", "restart")
@after("email-job.test_mails_the_assignee")
def test_finishes_the_mail_of_a_killed_worker(service, desk):
    """A worker is killed while it sends: another sends the mail within 30 s, as the same job."""
    other = service.another(fresh=True, env={"JOB_LOCK_MS": "2000"})
    there = desk.at(other)
    mel = there.hires()
    there.mail.delay(SLOW_S, times=1)
    there.gives(mel)
    there.in_hand()
    other.kill(process="worker")
    other.restart(process="worker")

    came = there.comes(mel, "A mail that a killed worker had in hand.", within=30)
    there.mail.quiet(mel.email, seconds=2, beyond=2, why="At most one copy more.")
    ids = {one.header("X-Job-Id") for one in there.mail.seen(mel.email)}
    expect.equal(len(ids), 1, "The copies have one X-Job-Id.")
    expect.that(came[0].header("X-Job-Id"), "The mail has an X-Job-Id.", actual="none")


@stretch
@after("email-job.test_mails_the_assignee")
def test_sends_fifty_once_each(desk):
    """50 assignments, five at a time, are 50 mails, one for each task."""
    mel = desk.hires()
    tasks = [desk.task() for _ in range(MANY)]
    for first in range(0, MANY, 5):
        together([lambda task=task: desk.assigns(task, mel) for task in tasks[first : first + 5]])

    came = desk.comes(mel, "50 tasks were assigned.", count=MANY, within=40)
    desk.mail.quiet(mel.email, seconds=1, beyond=MANY, why="No mail is sent twice.")
    told = sorted(one.header("X-Task-Id") or "" for one in came)
    expect.equal(told, sorted(task.identity() for task in tasks), "The tasks that were mailed.")


@stretch
@alone
@needs("instance", "scale")
@after("email-job.test_mails_the_assignee")
def test_shares_work_between_workers(service, desk):
    """Two workers with WORKER_CONCURRENCY 1 hand two mails at a time to a slow mail server, none twice."""
    other = service.another(fresh=True, env={"WORKER_CONCURRENCY": "1"})
    other.scale("worker", 2)
    there = desk.at(other)
    mel = there.hires()
    there.mail.delay(HELD_S)
    for _ in range(6):
        there.gives(mel)

    there.comes(mel, "Six tasks were assigned.", count=6, within=40)
    expect.equal(there.mail.parallel(), 2, "The most mails that were in hand at once.")
    there.mail.quiet(mel.email, seconds=1, beyond=6, why="No mail is sent by both.")


@stretch
@alone
@needs("instance")
@after("email-job.test_mails_the_assignee")
def test_bounds_what_it_does_at_once(service, desk):
    """With WORKER_CONCURRENCY 2 a worker has two mails in hand at once, and never three."""
    other = service.another(fresh=True, env={"WORKER_CONCURRENCY": "2"})
    there = desk.at(other)
    mel = there.hires()
    there.mail.delay(HELD_S)
    for _ in range(6):
        there.gives(mel)

    there.comes(mel, "Six tasks were assigned.", count=6, within=40)
    expect.equal(there.mail.parallel(), 2, "The most mails that were in hand at once.")


@stretch
@needs("instance", "stop", "restart")
@after("email-job.test_mails_the_assignee")
def test_stops_without_losing_a_mail(service, desk, office):
    """SIGTERM while a mail is sent: the worker exits with 0 within 15 s, and the mail is sent, not failed."""
    other = service.another(fresh=True)
    there = desk.at(other)
    mel = there.hires()
    there.mail.delay(SLOW_S, times=1)
    there.gives(mel)
    there.in_hand()
    ended = other.stop(process="worker")

    expect.equal(ended.exit_code, 0, "The worker's exit code after SIGTERM (none: it took over 15 s).")
    other.restart(process="worker")
    there.comes(mel, "The mail that was in hand is completed, or taken over.", within=45)
    failed = office.shelf(other).failed()
    expect.equal(failed, [], "The jobs in `bull:email:failed`.")
