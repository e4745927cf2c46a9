"""Whom the app mails when a task is assigned, and that no request waits for it."""

from __future__ import annotations

import time

from grader.kit import after, expect, gate, needs, stretch, wait

SLOW_S = 3.0
REDIS_BACK_S = 20.0
OUTAGE_S = 1.0


@gate
def test_mails_the_assignee(desk, service):
    """An assignment sends its assignee one mail: title, project and task id, from MAIL_FROM."""
    mel = desk.hires()
    task = desk.gives(mel)

    came = desk.exactly(mel, 1, "One mail for one assignment.")[0]
    expect.equal(came.sender, service.setting("MAIL_FROM"), "The mail is sent from MAIL_FROM.")
    expect.that(
        mel.email.lower() in (came.header("To") or "").lower(),
        "`To` is the assignee.",
        expected=mel.email,
        actual=came.header("To"),
    )
    expect.that(
        task["title"] in came.subject,
        "The subject has the task's title.",
        expected=task["title"],
        actual=came.subject,
    )
    for what in (task.identity(), desk.project["name"], task["title"]):
        expect.that(what in came.text, "The text/plain part names it.", expected=what, actual=came.text)
    expect.equal(came.header("X-Task-Id"), task.identity(), "The header X-Task-Id.")
    expect.that(came.header("X-Job-Id"), "The header X-Job-Id names the job.", actual="none")


@after("test_mails_the_assignee")
def test_keeps_titles_whole(desk, draw):
    """A title with umlauts, Chinese and emoji arrives as it was written."""
    mel, title = desk.hires(), f"Größe prüfen: 任务 🚀 {draw.word()}"
    desk.gives(mel, title=title)

    came = desk.comes(mel, "A mail whose title is not ASCII.")[0]
    expect.that(
        title in came.subject, "The subject, decoded, has the title.", expected=title, actual=came.subject
    )
    expect.that(title in came.text, "The text, decoded, has the title.", expected=title, actual=came.text)


@after("test_mails_the_assignee")
def test_lets_no_title_add_headers(desk, draw):
    """A title with line breaks adds no header and no recipient to the mail, or is refused with 422."""
    mel, word = desk.hires(), draw.word()
    evil = f"{word}\r\nX-Evil: {word}\r\nBcc: {draw.email()}\r\n\r\nnew text"
    answer = desk.boss.post(f"/projects/{desk.project.identity()}/tasks", {"title": evil})
    expect.status(answer, {201, 400, 422}, "A title with line breaks is taken or refused.")
    task = desk.task() if answer.status != 201 else answer.object()
    desk.assigns(task, mel)

    came = desk.comes(mel, "Mail for a task whose title may have line breaks.")[0]
    expect.equal(came.headers_named("X-Evil"), [], "Headers that only the title asks for.")
    expect.equal(came.headers_named("Bcc"), [], "Recipients that only the title asks for.")


@after("test_mails_the_assignee")
def test_answers_before_the_mail_is_sent(desk):
    """With a mail server that takes its time, an assignment is answered before its mail is."""
    mel = desk.hires()
    desk.mail.delay(SLOW_S, to=mel.email)

    answered = []
    for _ in range(2):
        desk.gives(mel)
        answered.append(time.time())
    came = desk.comes(mel, "A slow mail server still gets every mail.", count=2, within=30)
    late = [mail.answered - when for mail, when in zip(came, answered, strict=True)]
    expect.that(
        min(late) > 0,
        f"The mail server takes {SLOW_S:g} s for a message; no request waits for it.",
        expected="each PATCH answered before the mail server answered",
        actual=f"{-min(late):.1f} s after it",
    )


@needs("fault")
@after("test_mails_the_assignee")
def test_assigns_without_a_mail_server(desk, faults):
    """While no connection to the mail server holds an assignment is 200, and its mail comes afterwards."""
    mel = desk.hires()
    before = faults.traffic("smtp").refused
    faults.reset("smtp")
    desk.gives(mel)
    count = wait.for_value(lambda: faults.traffic("smtp").refused, lambda seen: seen > before, 15)
    faults.heal("smtp")

    expect.that(count > before, "The worker tries to reach the mail server.", actual="no connection in 15 s")
    desk.exactly(mel, 1, "The mail server is back: the mail comes.")


@needs("instance", "kill", "restart", "scale")
@after("test_mails_the_assignee")
def test_keeps_the_job_while_nobody_works(service, desk):
    """Without a worker an assignment is 200 and kept; a worker mails it later, even if the API was killed."""
    other = service.another(fresh=True, processes=["web"])
    there = desk.at(other)
    mel = there.hires()
    there.gives(mel)

    there.mail.quiet(mel.email, seconds=1.5, why="No worker runs, so nobody sends mail.")
    other.kill()
    other.restart()
    other.scale("worker", 1)
    there.exactly(mel, 1, "The worker sends what was assigned before the API was killed.")


@after("test_mails_the_assignee")
def test_mails_nobody_without_cause(desk, draw):
    """No mail for an unassignment, the same person again, oneself, other changes and failed requests."""
    mel, boss, last = desk.hires(), desk.boss, desk.hires()
    task = desk.gives(mel)
    path = f"/tasks/{task.identity()}"
    desk.assigns(task, mel)
    for change in ({"title": draw.words(2)}, {"status": "done"}, {}):
        expect.status(boss.patch(path, change), 200, f"A PATCH without an assignee: {change}.")
    own = desk.task()
    expect.status(mel.patch(f"/tasks/{own.identity()}", {"assigneeId": mel.key}), 200, "Mel takes a task.")
    stranger = desk.people.new()
    expect.status(boss.patch(path, {"assigneeId": stranger.key}), {400, 422}, "Assigned to no member.")
    bad = {"assigneeId": mel.key, "status": draw.word()}
    expect.status(boss.patch(f"/tasks/{desk.task().identity()}", bad), {400, 422}, "Half of it is invalid.")
    foreign = stranger.patch(path, {"assigneeId": None})
    expect.status(foreign, {403, 404}, "An outsider's PATCH.")
    desk.assigns(task, None)
    desk.gives(last)

    desk.comes(last, "The last assignment.")
    desk.exactly(mel, 1, "Of all these requests one assigned a task to Mel: one mail.")
    desk.mail.quiet(stranger.email, seconds=0.1, why="A refused assignment is not mailed.")
    desk.mail.quiet(boss.email, seconds=0.1, why="Who assigned a task is not mailed.")


@after("test_mails_the_assignee")
def test_mails_every_assignment(desk):
    """Assigned to one, to another, and back: three mails, to the one, the other, the one."""
    ann, ben = desk.hires(), desk.hires()
    task = desk.task()
    for to, count in ((ann, 1), (ben, 1), (ann, 2)):
        desk.assigns(task, to)
        desk.comes(to, "The mail goes to who has the task now, not to who had it.", count=count)

    desk.exactly(ben, 1, "Assigned once: one mail.")
    desk.exactly(ann, 2, "Assigned twice: two mails.")


@needs("fault")
@after("test_mails_the_assignee")
def test_answers_without_redis(desk, faults, office):
    """While Redis refuses connections an assignment is 200 or 503 within 5 s; mails come again afterwards."""
    mel, task = desk.hires(), desk.task()
    with faults.refused("redis"):
        answer, seconds = office.timed(lambda: desk.tries(task, mel))

    expect.status(answer, {200, 503}, "Redis refuses connections: an assignment is taken, or refused.")
    expect.that(
        seconds < 5,
        "Nobody waits for a Redis that is away.",
        expected="an answer within 5 s",
        actual=f"{seconds:.1f} s",
    )
    ben = desk.hires()
    desk.recovers(ben, within=REDIS_BACK_S)


@stretch
@needs("fault")
@after("test_mails_the_assignee")
def test_keeps_its_word_without_redis(desk, faults, office):
    """Assigned while Redis was away: after 200 the mail comes; 503 changed nothing, and none comes."""
    mel, ben, task = desk.hires(), desk.hires(), desk.task()
    with faults.refused("redis"):
        answer = desk.tries(task, mel)
        office.pause(OUTAGE_S, "Redis stays away for a moment after the answer")
    desk.recovers(ben, within=REDIS_BACK_S)

    now = desk.boss.reads(f"/tasks/{task.identity()}")
    if answer.status == 200:
        expect.equal(str(now["assigneeId"]), mel.id, "After 200 the task is assigned.")
        desk.exactly(mel, 1, "After 200 the mail comes once Redis is back.")
    else:
        expect.equal(now["assigneeId"], None, f"After {answer.status} the task is nobody's, as before.")
        desk.exactly(mel, 0, f"After {answer.status} no mail ever comes.")
