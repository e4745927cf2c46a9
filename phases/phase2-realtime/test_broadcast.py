"""Who is told what about a task, how often, and in which order."""

from __future__ import annotations

import statistics
import time

from grader.kit import after, alone, expect, gate, stretch, together

UPDATES = 100
WRITERS = 5
ROUNDS = 12
"""Few enough that a frozen client is not given up meanwhile: socket.io takes 45 s for that."""


@gate
def test_tells_everybody_in_the_project(live, room, realtime, guest):
    """Whoever of a project changes a task: everybody in its room gets one `task:updated`, equal to GET."""
    room.owner.adds_member(room.id, guest)
    task = room.task(assigneeId=guest.key)
    people = (room.owner, room.member, guest)
    sockets = [live.joins(actor, room.project) for actor in people]

    for count, actor in enumerate(people, start=1):
        realtime.changes(actor, task, title=f"Changed by {actor.name}")
        now = room.owner.reads(f"/tasks/{task.identity()}")
        for socket in sockets:
            why = f"{actor.name} changed a task: {socket.name}, in the project's room, gets `task:updated`."
            told = socket.awaits_all("task:updated", count, why, where=realtime.about(task))
            expect.same(
                told[-1].object("task"), now, f"The task {socket.name} is told equals what GET gives."
            )
    realtime.closes_with(room, sockets, "task:updated", 3, task)


@after("test_tells_everybody_in_the_project")
def test_says_what_changed(live, room, realtime):
    """`task:updated` says who changed what, from what, to what, under an event id."""
    task = room.task(status="todo", priority="low")
    socket = live.joins(room.owner, room.project)

    realtime.changes(room.member, task, status="done", priority="low")
    told = socket.awaits("task:updated", "A task changed in the project.", where=realtime.about(task))
    wanted = {"status": {"from": "todo", "to": "done"}}
    expect.holds(told.object("changes"), wanted, "`changes` names the field with both values.")
    expect.that(
        "priority" not in told["changes"], "A field that stays is not in `changes`.", actual=told["changes"]
    )
    expect.equal(told.identity("actorId"), room.member.id, "`actorId` is who changed the task.")
    told.identity("eventId")


@after("test_tells_everybody_in_the_project", "sockets.test_connects_by_polling")
def test_reaches_pollers(live, room, realtime):
    """A client that only polls is told as well."""
    task = room.task()
    socket = live.joins(room.member, room.project, transports=["polling"])

    realtime.changes(room.owner, task, status="done")
    socket.awaits("task:updated", "A task changed: a client that polls is told.", where=realtime.about(task))


@after("test_tells_everybody_in_the_project")
def test_keeps_it_in_the_project(live, room, realtime, guest):
    """Who was refused, who is in another project and who has not joined hear nothing."""
    other = guest.creates_project()
    beside = guest.creates_task(other.identity())
    refused = live.joins(guest, other, "an outsider in a project of their own")
    refused.call("project:join", {"projectId": room.project["id"]})
    idle = live.connects(room.member, "a member who has not joined")
    inside = live.joins(room.owner, room.project)
    task = room.task()

    realtime.changes(room.member, task, status="done")
    inside.awaits("task:updated", "A task changed in the project.", where=realtime.about(task))
    realtime.changes(guest, beside, status="done")
    refused.awaits("task:updated", "A task changed in their own project.", where=realtime.about(beside))
    realtime.pause("what leaks may be late")
    for socket in (refused, idle):
        for event in ("task:created", "task:updated", "task:assigned", "task:deleted"):
            why = f"A task of a project changed: {socket.name} is told nothing."
            realtime.nothing_more(socket, event, 0, why, where=realtime.about(task))


@after("test_tells_everybody_in_the_project")
def test_announces_new_tasks(live, room, realtime):
    """A new task is announced to the project's room: one `task:created`, equal to GET."""
    sockets = [live.joins(actor, room.project) for actor in (room.owner, room.member)]

    task = realtime.creates(room.member, room, title="New")
    for socket in sockets:
        why = f"A member created a task: {socket.name} gets `task:created`."
        told = socket.awaits("task:created", why, where=realtime.about(task))
        told.identity("eventId")
        expect.same(
            told.object("task"),
            room.owner.reads(f"/tasks/{task.identity()}"),
            "The task told equals what GET gives.",
        )
    realtime.closes_with(room, sockets, "task:created", 1, task)


@after("test_tells_everybody_in_the_project")
def test_announces_deleted_tasks(live, room, realtime):
    """A deleted task is announced to the project's room: one `task:deleted` with its id and project."""
    sockets = [live.joins(actor, room.project) for actor in (room.owner, room.member)]
    task = room.task()

    answer = room.owner.delete(f"/tasks/{task.identity()}")
    expect.status(answer, {200, 204}, "The owner deletes a task.")
    for socket in sockets:
        why = f"The owner deleted a task: {socket.name} gets `task:deleted`."
        told = socket.awaits("task:deleted", why, where=realtime.about(task))
        told.identity("eventId")
        expect.equal(told.identity("projectId"), room.id, "`projectId` is the project of the deleted task.")
    realtime.closes_with(room, sockets, "task:deleted", 1, task)


@after("test_tells_everybody_in_the_project")
def test_tells_the_assignee(live, room, realtime):
    """Who is assigned a task gets one `task:assigned` without having joined anything; nobody else gets it."""
    task = room.task()
    assignee = live.connects(room.member, "the assignee")
    others = [live.joins(room.owner, room.project, "the owner"), live.connects(room.outsider, "an outsider")]

    realtime.changes(room.owner, task, assigneeId=room.member.key)
    told = assignee.awaits("task:assigned", "A task was assigned to them.", where=realtime.about(task))
    expect.equal(told.identity("assigneeId"), room.member.id, "`assigneeId` is who the task is assigned to.")
    told.identity("eventId")
    now = room.owner.reads(f"/tasks/{task.identity()}")
    expect.same(told.object("task"), now, "The task told equals what GET gives.")
    others[0].awaits("task:updated", "The assignment also changed the task.", where=realtime.about(task))
    realtime.pause("what leaks may be late")
    for socket in others:
        realtime.nothing_more(
            socket,
            "task:assigned",
            0,
            "`task:assigned` goes to the assignee alone.",
            where=realtime.about(task),
        )
    realtime.nothing_more(
        assignee, "task:assigned", 1, "One assignment is told once.", where=realtime.about(task)
    )


@after("test_tells_the_assignee")
def test_tells_each_socket_once(live, room, realtime):
    """An assignee who has joined the project gets one copy of each event, under different event ids."""
    task = room.task()
    socket = live.joins(room.member, room.project)

    realtime.changes(room.owner, task, assigneeId=room.member.key)
    for event in ("task:assigned", "task:updated"):
        socket.awaits(event, "A task was assigned to somebody in the room.", where=realtime.about(task))
    # What follows from the last change but one has arrived when the last has.
    for title in ("The last change but one", "The last change"):
        realtime.changes(room.owner, task, title=title)
        realtime.ends_with(socket, task, title)
    assigned = socket.got("task:assigned", realtime.about(task))
    updated = socket.got("task:updated", realtime.about(task))
    expect.equal([len(assigned), len(updated)], [1, 3], "One assignment and three changes: each told once.")
    ids = {told.identity("eventId") for told in (*assigned, *updated)}
    expect.equal(len(ids), 4, "Four events have four event ids.")


@after("test_tells_everybody_in_the_project")
def test_keeps_the_order(live, room, realtime):
    """100 changes, one after the other: each socket gets each once, in that order, the last equal to GET."""
    task = room.task()
    sockets = [live.joins(actor, room.project) for actor in (room.owner, room.member)]
    titles = [f"Title {number}" for number in range(UPDATES)]
    for number, title in enumerate(titles):
        realtime.changes((room.owner, room.member)[number % 2], task, title=title)

    now = room.owner.reads(f"/tasks/{task.identity()}")
    for socket in sockets:
        told = socket.awaits_all(
            "task:updated", UPDATES, "All changes are told.", where=realtime.about(task), within=10
        )
        came = [each.object("task").text("title") for each in told]
        why = f"{socket.name} is told of {UPDATES} changes in the order in which they were answered."
        expect.that(
            came == titles, why, expected="Title 0, Title 1, ...", actual=realtime.first_break(came, titles)
        )
        ids = {each.identity("eventId") for each in told}
        expect.equal(len(ids), UPDATES, "Every change has an event id of its own.")
        expect.same(told[-1].object("task"), now, "The last message equals what GET gives.")


@after("test_tells_everybody_in_the_project")
def test_says_nothing_of_failed_requests(live, room, realtime, draw):
    """A refused PATCH (422, 403 or 404) is not told."""
    task = room.task()
    socket = live.joins(room.owner, room.project)

    path = f"/tasks/{task.identity()}"
    for fields in ({"status": draw.word()}, {"title": ""}, {"title": "Half", "priority": 7}):
        expect.status(room.owner.patch(path, fields), {400, 422}, f"An invalid PATCH: {fields}.")
    expect.status(room.outsider.patch(path, {"title": "Foreign"}), {403, 404}, "An outsider's PATCH.")
    expect.status(room.member.delete(path), 403, "A member deletes a task, which takes the owner.")
    realtime.changes(room.owner, task, title="The last change")
    realtime.ends_with(socket, task, "The last change")
    realtime.nothing_more(
        socket,
        "task:updated",
        1,
        "Of five refused requests and one change, one is told.",
        where=realtime.about(task),
    )
    realtime.nothing_more(socket, "task:deleted", 0, "Nothing was deleted.", where=realtime.about(task))


@after("test_tells_everybody_in_the_project")
def test_stops_with_the_membership(live, room, realtime):
    """A removed member hears nothing from the moment of the answer on, over a socket that joined before."""
    task = room.task()
    removed, owner = live.joins(room.member, room.project), live.joins(room.owner, room.project)
    realtime.changes(room.owner, task, title="Before")
    removed.awaits("task:updated", "A member in the room is told.", where=realtime.about(task))

    room.removes(room.member)
    realtime.changes(room.owner, task, title="After")
    other = room.task(title="Made after")
    expect.status(room.owner.delete(f"/tasks/{other.identity()}"), {200, 204}, "The owner deletes a task.")
    owner.awaits("task:deleted", "The owner in the room is told.", where=realtime.about(other))
    realtime.pause("what leaks may be late")
    why = "A member was removed from the project: their socket is told nothing of what follows."
    realtime.nothing_more(removed, "task:updated", 1, why, where=realtime.about(task))
    for event in ("task:created", "task:deleted"):
        realtime.nothing_more(removed, event, 0, why, where=realtime.about(other))


@after("test_tells_everybody_in_the_project")
def test_stops_with_leaving(live, room, realtime):
    """After `project:leave` a socket hears nothing of the project; another of the same user still does."""
    task = room.task()
    left, stays = (
        live.joins(room.member, room.project, name) for name in ("the one that left", "the one that stays")
    )
    answer = left.call("project:leave", {"projectId": room.project["id"]})
    expect.holds(answer, {"ok": True}, "A socket sends `project:leave`.")

    realtime.changes(room.owner, task, status="done")
    stays.awaits("task:updated", "A task changed.", where=realtime.about(task))
    realtime.pause("what leaks may be late")
    realtime.nothing_more(
        left, "task:updated", 0, "A socket that left is told nothing.", where=realtime.about(task)
    )


@after("test_tells_the_assignee")
def test_tells_every_device(live, room, realtime):
    """Two sockets of one user both get what is told to the project and what is told to the user."""
    task = room.task()
    devices = [live.joins(room.member, room.project, f"Device {number}") for number in (1, 2)]

    realtime.changes(room.owner, task, assigneeId=room.member.key)
    for device in devices:
        for event in ("task:updated", "task:assigned"):
            device.awaits(
                event, "A task was assigned to a user with two devices.", where=realtime.about(task)
            )


@after("test_tells_everybody_in_the_project")
def test_goes_on_after_a_reconnection(live, room, realtime):
    """Who comes back and joins again is told what happens from then on, and nothing of what was missed."""
    task = room.task()
    live.joins(room.member, room.project).cut()
    realtime.changes(room.owner, task, title="Missed")

    back = live.joins(room.member, room.project, "the member who came back")
    realtime.changes(room.owner, task, title="Later")
    realtime.ends_with(back, task, "Later")


@stretch
@after("test_keeps_the_order")
def test_loses_none_of_parallel_changes(live, room, realtime):
    """100 changes by 5 writers at once: every version is told once, and the highest equals GET."""
    task = room.task()
    realtime.versions(task)
    sockets = [live.joins(actor, room.project) for actor in (room.owner, room.member)]
    first = task.integer("version")

    def writes(writer):
        for number in range(UPDATES // WRITERS):
            realtime.changes((room.owner, room.member)[writer % 2], task, title=f"Title {writer} {number}")

    together([lambda writer=writer: writes(writer) for writer in range(WRITERS)])
    now = room.owner.reads(f"/tasks/{task.identity()}")
    for socket in sockets:
        told = socket.awaits_all(
            "task:updated", UPDATES, "All are told.", where=realtime.about(task), within=10
        )
        bodies = {each.object("task").integer("version"): each.object("task") for each in told}
        came = sorted(each.object("task").integer("version") for each in told)
        wanted = list(range(first + 1, first + 1 + UPDATES))
        expect.equal(came, wanted, f"{socket.name} is told of each version exactly once.")
        expect.same(bodies[came[-1]], now, "The highest version told equals what GET gives.")


@stretch
@after("test_says_nothing_of_failed_requests")
def test_says_nothing_of_stale_requests(live, room, realtime):
    """A PATCH with a stale `If-Match` (412) is not told."""
    task = room.task()
    realtime.versions(task)
    socket = live.joins(room.owner, room.project)
    realtime.changes(room.owner, task, title="The first change")

    stale = {"If-Match": f'"{task["version"]}"'}
    answer = room.member.patch(f"/tasks/{task.identity()}", {"title": "Stale"}, headers=stale)
    realtime.blocks_without(answer, 412)
    realtime.changes(room.owner, task, title="The last change")
    realtime.ends_with(socket, task, "The last change")
    realtime.nothing_more(
        socket, "task:updated", 2, "A refused PATCH is not told.", where=realtime.about(task)
    )


@stretch
@alone
@after("test_tells_everybody_in_the_project")
def test_waits_for_no_client(live, room, realtime):
    """A client that does not read holds up nobody: a PATCH takes at most 3 times as long as without it."""
    task = room.task(description="x" * 5000)

    def usual():
        times = []
        for number in range(ROUNDS):
            began = time.monotonic()
            realtime.changes(room.owner, task, title=f"Title {number}")
            times.append(time.monotonic() - began)
        return statistics.median(times)

    reader = live.joins(room.member, room.project)
    base = usual()
    frozen = live.joins(room.member, room.project, "the frozen client")
    frozen.holds_back()
    ratios = []
    while len(ratios) < 3 and (not ratios or ratios[-1] > 3):
        ratios.append(usual() / base)
    reader.awaits("task:updated", "The client that reads is told.", where=realtime.about(task))
    expect.that(
        ratios[-1] <= 3,
        "A client in the room has stopped reading.",
        expected="a PATCH usually takes at most 3 times as long",
        actual=f"{min(ratios):.1f} times as long",
    )
