"""What the app's own bus says, when, and who listens to it."""

from __future__ import annotations

import json

from grader.kit import after, expect, gate, needs, stretch, together

UPDATES = 500
SOCKETS = 20
WRITERS = 5


def test_hands_its_bus_to_plugins(bus, service):
    """A module of EVENT_PLUGINS is called with the bus, which is an EventEmitter of node:events."""
    service.setting("EVENT_PLUGINS")

    loaded = bus.loaded()
    expect.that(
        loaded.get("emitter") is True,
        "The bus that a plugin is given is an EventEmitter.",
        expected="bus instanceof EventEmitter",
        actual="something else",
    )


@gate
@after("test_hands_its_bus_to_plugins")
def test_emits_task_updated(bus, room, realtime):
    """A change emits one `taskUpdated`: who, when, what changed from what to what, a task equal to GET."""
    task, mark = room.task(status="todo"), bus.mark()

    realtime.changes(room.member, task, status="done")
    told = bus.awaits("taskUpdated", task, "A status was changed: the bus says so.", after=mark)[0]
    told.identity("eventId")
    told.instant("occurredAt")
    expect.equal(told.identity("actorId"), room.member.id, "`actorId` is who changed the task.")
    wanted = {"status": {"from": "todo", "to": "done"}}
    expect.equal(told.object("changes"), wanted, "`changes` has each changed field of the request, no other.")
    now = room.owner.reads(f"/tasks/{task.identity()}")
    expect.same(told.object("task"), now, "The task of the event equals what GET gives.")
    realtime.changes(room.member, task, title="The last change")
    story = bus.story(task, "The last change", after=mark)
    came = [sorted(each.object("changes")) for each in story]
    expect.equal(came, [["status"], ["title"]], "Two changes are two events: by what they changed.")
    expect.that(story[0]["eventId"] != story[1]["eventId"], "Each event has an id of its own.")


@after("test_emits_task_updated")
def test_names_every_changed_field(bus, room, realtime, draw):
    """`changes` has all the fields of a PATCH that were changed, with both values, and none that stayed."""
    task, mark = room.task(title="Before", priority="low", dueDate=None), bus.mark()
    due = draw.instant()

    realtime.changes(room.owner, task, title="After", priority="low", description="New", dueDate=due)
    told = bus.awaits("taskUpdated", task, "Three fields were changed.", after=mark)[0].object("changes")
    expect.equal(sorted(told), ["description", "dueDate", "title"], "The fields that were changed.")
    for field, (old, new) in {"title": ("Before", "After"), "description": ("", "New")}.items():
        expect.equal(told[field], {"from": old, "to": new}, f"`changes.{field}` has both values.")
    expect.same(told.object("dueDate"), {"from": None, "to": due}, "`changes.dueDate` has both values.")


@after("test_emits_task_updated")
def test_emits_task_assigned(bus, room, realtime):
    """An assignment also emits one `taskAssigned`, with both assignees; an unassignment emits none."""
    task, mark = room.task(), bus.mark()
    for assignee in (room.member.key, room.owner.key, None):
        realtime.changes(room.owner, task, assigneeId=assignee)
    realtime.changes(room.owner, task, title="The last change")

    updated = bus.story(task, "The last change", after=mark)
    told = bus.so_far("taskAssigned", task, after=mark)
    expect.equal(
        [(str(each["assigneeId"]), str(each["previousAssigneeId"])) for each in told],
        [(room.member.id, "None"), (room.owner.id, room.member.id)],
        "Assigned, assigned to another, unassigned: `assigneeId` and `previousAssigneeId` of each event.",
    )
    for each in told:
        expect.equal(each.identity("actorId"), room.owner.id, "`actorId` is who assigned the task.")
        expect.holds(each.object("task"), {"assigneeId": each["assigneeId"]}, "The event carries the task.")
    ids = {each.identity("eventId") for each in (*told, *updated)}
    expect.equal([len(updated), len(ids)], [4, 6], "Four `taskUpdated`; six events have six event ids.")


@after("test_emits_task_assigned")
def test_emits_no_assignment_for_other_changes(bus, room, realtime):
    """A change of another field, or the same assignee once more, emits no `taskAssigned`."""
    task, began = room.task(), bus.mark()
    realtime.changes(room.owner, task, assigneeId=room.member.key)
    bus.awaits("taskAssigned", task, "A task was assigned.", after=began)
    mark = bus.mark()

    realtime.changes(room.owner, task, title="Other", assigneeId=room.member.key)
    realtime.changes(room.owner, task, status="done")
    bus.awaits("taskUpdated", task, "Two fields were changed.", after=mark, count=2)
    told = bus.so_far("taskAssigned", task, after=mark)
    expect.equal(len(told), 0, "The assignee stayed: the number of `taskAssigned`.")


@after("test_emits_task_updated")
def test_says_nothing_of_what_did_not_happen(bus, room, realtime, draw):
    """A refused PATCH (422, 403 or 404) and a PATCH that changes nothing emit no event."""
    task, mark = room.task(status="todo", description="As it is"), bus.mark()
    path = f"/tasks/{task.identity()}"

    expect.status(room.owner.patch(path, {"status": draw.word()}), {400, 422}, "An unknown status.")
    expect.status(
        room.owner.patch(path, {"title": "Half", "priority": 7}), {400, 422}, "Half of it is invalid."
    )
    expect.status(room.outsider.patch(path, {"title": "Foreign"}), {403, 404}, "An outsider's PATCH.")
    for same in ({}, {"status": "todo"}, {"description": "As it is", "assigneeId": None}):
        expect.status(room.owner.patch(path, same), 200, f"A PATCH that changes nothing: {same}.")
    realtime.changes(room.owner, task, title="The only change")
    told = bus.awaits("taskUpdated", task, "A title was changed.", after=mark)
    changed = [
        sorted(each.object("changes")) for each in told + bus.so_far("taskUpdated", task, after=mark)[1:]
    ]
    expect.equal(
        changed, [["title"]], "Of seven requests one changed the task: the events, by what they changed."
    )


@after("test_hands_its_bus_to_plugins")
def test_waits_for_the_write(bus, room, hold):
    """While the database holds a write back nothing is emitted; the event comes when the write is through."""
    task, mark = room.task(), bus.mark()
    hold.begin()

    def watches():
        hold.waiting()
        why = "A PATCH waits for the database: what is not written yet has not happened."
        bus.quiet("taskUpdated", task, why, after=mark, seconds=0.5)
        hold.release()

    answer, _ = together([lambda: room.owner.patch(f"/tasks/{task.identity()}", {"status": "done"}), watches])
    expect.status(answer, 200, "The database writes again: the PATCH that waited is answered.")
    bus.awaits("taskUpdated", task, "The write is through.", after=mark)


@after("test_hands_its_bus_to_plugins")
def test_says_nothing_of_a_failed_write(bus, room, realtime, hold):
    """A PATCH whose write the database refuses is answered with 5xx and emits nothing."""
    task, mark = room.task(), bus.mark()
    hold.begin()

    def cancels():
        hold.cancel(hold.waiting())

    answer, _ = together([lambda: room.owner.patch(f"/tasks/{task.identity()}", {"status": "done"}), cancels])
    hold.release()
    realtime.failed(answer)
    realtime.changes(room.owner, task, title="The only change")
    bus.awaits("taskUpdated", task, "A title was changed.", after=mark)
    told = [sorted(each.object("changes")) for each in bus.so_far("taskUpdated", task, after=mark)]
    expect.equal(told, [["title"]], "One write failed, one worked: the events, by what they changed.")


@after("test_emits_task_updated", "sockets.test_lets_members_join")
def test_sockets_listen_to_the_bus(room, realtime, live, draw):
    """An event that somebody else emits on the bus reaches the sockets: they listen to it, not to routes."""
    task, other = room.task(), room.task()
    socket = live.joins(room.owner, room.project)
    event = {"eventId": draw.token(20), "actorId": room.member.key, "occurredAt": "2030-01-01T00:00:00.000Z"}
    event |= {
        "task": {**task, "title": draw.word()},
        "changes": {"title": {"from": task["title"], "to": "x"}},
    }

    realtime.changes(room.owner, other, title="probe:emit", description=json.dumps(event))
    told = socket.awaits(
        "task:updated",
        "A plugin emits `taskUpdated` on the bus: sockets in the task's project are told.",
        where=lambda body: body.get("eventId") == event["eventId"],
    )
    expect.holds(
        told.object("task"), {"title": event["task"]["title"]}, "The message has the event's own task."
    )


@needs("instance")
@after("test_hands_its_bus_to_plugins", "sockets.test_lets_members_join")
def test_sockets_hear_only_the_bus(service, bus, room, realtime, live):
    """Once all listeners of `taskUpdated` are removed, a PATCH is still 200, and no socket is told of it."""
    other = service.another()
    owner, heard = room.owner.at(other), bus.at(other)
    task, mark = room.task(), heard.mark()
    socket = live.at(other).joins(room.member, room.project)
    realtime.changes(owner, task, title="probe:silence")
    socket.awaits("task:updated", "A title was changed.", where=realtime.about(task))
    heard.obeys("silenced", "A plugin removes all listeners of `taskUpdated`.", after=mark)

    realtime.changes(owner, task, title="Unheard")
    realtime.pause("what does not go over the bus may be late")
    unheard = [body for body in socket.got("task:updated") if body.object("task").get("title") == "Unheard"]
    expect.equal(len(unheard), 0, "`task:updated` messages of a PATCH that no listener was told of.")


@needs("instance")
@after("test_emits_task_updated", "sockets.test_lets_members_join")
def test_survives_rude_listeners(service, room, realtime, live):
    """A plugin whose listener throws or rejects harms nobody: the PATCH is 200, and sockets are told."""
    other = service.another()
    owner = room.owner.at(other)
    socket = live.at(other).joins(room.member, room.project)

    for order in ("probe:throw", "probe:reject"):
        task = room.task()
        realtime.changes(owner, task, title=order)
        why = f"A plugin's listener did `{order[6:]}`: sockets are told as ever."
        socket.awaits("task:updated", why, where=realtime.about(task))
        realtime.changes(owner, task, title="Afterwards")
        realtime.ends_with(socket, task, "Afterwards")


@after("test_emits_task_updated", "sockets.test_connects_by_websocket")
def test_leaves_no_listeners_behind(bus, room, realtime, live):
    """500 changes and 20 sockets leave the number of listeners as it was, and every event has its own id."""
    task, mark = room.task(), bus.mark()

    def writes(writer):
        for number in range(UPDATES // WRITERS):
            realtime.changes(room.owner, task, title=f"Title {writer} {number}")

    realtime.changes(room.owner, task, title="The first change")
    for _ in range(SOCKETS):
        live.connects(room.owner).leave()
    together([lambda writer=writer: writes(writer) for writer in range(WRITERS)])
    told = bus.awaits("taskUpdated", task, "All are told.", after=mark, count=UPDATES + 1, within=20)
    counts = bus.listeners(task, after=mark)
    expect.equal(counts[-1], counts[0], f"Listeners by event, after {UPDATES} changes and {SOCKETS} sockets.")
    warnings = bus.warnings(after=mark)
    expect.that(not warnings, "Node warns of no leak.", expected="no warning", actual=warnings)
    ids = {each.identity("eventId") for each in told}
    expect.equal(len(ids), UPDATES + 1, "Every event has an id of its own.")


@stretch
@after("test_emits_task_updated")
def test_carries_the_next_version(bus, room, realtime):
    """The task of `taskUpdated` has a `version` one higher than before."""
    task, mark = room.task(), bus.mark()
    realtime.versions(task)

    realtime.changes(room.owner, task, status="done")
    told = bus.awaits("taskUpdated", task, "A status was changed.", after=mark)[0].object("task")
    expect.equal(told.integer("version"), task.integer("version") + 1, "The version after one change.")


@stretch
@after("test_says_nothing_of_what_did_not_happen")
def test_says_nothing_of_stale_requests(bus, room, realtime):
    """A PATCH with a stale `If-Match` (412) emits nothing."""
    task, mark = room.task(), bus.mark()
    realtime.versions(task)
    realtime.changes(room.owner, task, title="The first change")

    stale = {"If-Match": f'"{task["version"]}"'}
    realtime.blocks_without(
        room.owner.patch(f"/tasks/{task.identity()}", {"status": "done"}, headers=stale), 412
    )
    realtime.changes(room.owner, task, title="The last change")
    bus.awaits("taskUpdated", task, "A title was changed twice.", after=mark, count=2)
    told = [sorted(each.object("changes")) for each in bus.so_far("taskUpdated", task, after=mark)]
    expect.equal(
        told, [["title"], ["title"]], "A refused PATCH is no event: the events, by what they changed."
    )


@stretch
@needs("fault")
@after("test_says_nothing_of_a_failed_write")
def test_says_nothing_without_its_database(bus, room, realtime, faults, hold):
    """A PATCH during which the database is lost is 5xx and emits nothing; the app goes on when it is back."""
    task, mark = room.task(), bus.mark()
    hold.begin()

    def cuts():
        pids = hold.waiting()
        faults.refuse("postgres")
        hold.ends(pids)

    answer, _ = together([lambda: room.owner.patch(f"/tasks/{task.identity()}", {"status": "done"}), cuts])
    hold.release()
    faults.heal("postgres")
    realtime.failed(answer)
    realtime.recovers(room.owner, task, title="The only change")
    bus.awaits("taskUpdated", task, "A title was changed.", after=mark)
    told = [sorted(each.object("changes")) for each in bus.so_far("taskUpdated", task, after=mark)]
    expect.equal(told, [["title"]], "One write was lost, one worked: the events, by what they changed.")
