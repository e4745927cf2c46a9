"""The vocabulary of the real-time checks: people with sockets, and projects they listen to."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from grader.kit import BlockedError, JsonObject, Service, expect, wait
from grader.kit.values import dump

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from grader.kit import Collector, Response
    from grader.kit.sockets import Socket, Sockets

QUIET_S = 2.0
"""How long nothing may come, counted from a message that shows that messages come."""


@dataclass(frozen=True)
class Live:
    """Connects actors of phase 1 by socket.io; what fails there fails the line `sockets`, not others."""

    sockets: Sockets
    relying_on: Callable[[str], AbstractContextManager[None]]

    def at(self, service: Service) -> Live:
        """Return the same at another instance of the app."""
        return replace(self, sockets=self.sockets.at(service.instance.url))

    def connects(self, actor: Any, name: str | None = None, **options: Any) -> Socket:
        """Open a socket with the actor's token."""
        with self.relying_on("phase2.sockets.connects-by-websocket"):
            return self.sockets.opens({"token": actor.token}, name or actor.name, **options)

    def joins(self, actor: Any, project: JsonObject, name: str | None = None, **options: Any) -> Socket:
        """Open a socket and join a project."""
        socket = self.connects(actor, name, **options)
        self.join(socket, project)
        return socket

    def join(self, socket: Socket, project: JsonObject) -> None:
        """Join a project, which has to be granted."""
        with self.relying_on("phase2.sockets.lets-members-join"):
            answer = socket.call("project:join", {"projectId": project["id"]})
            expect.that(
                answer.get("ok") is True,
                f"{socket.name} joins a project they may see.",
                expected='{"ok": true}',
                actual=answer,
            )


@dataclass(frozen=True)
class Room:
    """A project with its people: `owner` owns it, `member` is in it, `outsider` is not."""

    owner: Any
    member: Any
    outsider: Any
    project: JsonObject

    @property
    def id(self) -> str:
        """The project's id as text."""
        return self.project.identity()

    def task(self, **fields: Any) -> JsonObject:
        """Create a task in the project, as its owner."""
        return self.owner.creates_task(self.id, **fields)

    def removes(self, actor: Any) -> None:
        """Take somebody out of the project."""
        answer = self.owner.delete(f"/projects/{self.id}/members/{actor.id}")
        expect.status(answer, {200, 204}, "The owner removes a member from a project.")


class Realtime:
    """What checks of this phase say often; a fixture, since checks import nothing of ours."""

    @staticmethod
    def changes(actor: Any, task: JsonObject, **fields: Any) -> JsonObject:
        """PATCH a task, which has to work, and return the answer."""
        answer = actor.patch(f"/tasks/{task.identity()}", fields)
        return expect.ok(answer, 200, f"{actor.name} changes {', '.join(fields)} of a task.")

    @staticmethod
    def creates(actor: Any, room: Room, **fields: Any) -> JsonObject:
        """Create a task in the project of the room and return it."""
        task: JsonObject = actor.creates_task(room.id, **fields)
        return task

    @staticmethod
    def about(task: JsonObject) -> Callable[[JsonObject], bool]:
        """Return what tells whether a message is about this task."""
        wanted = task.identity()

        def told(body: JsonObject) -> bool:
            inner = body.get("task")
            known = inner.get("id") if isinstance(inner, dict) else body.get("taskId")
            return str(known) == wanted

        return told

    @staticmethod
    def pause(why: str) -> None:
        """Let the quiet window pass."""
        wait.until(time.monotonic() + QUIET_S, why)

    @staticmethod
    def nothing_more(socket: Socket, event: str, count: int, why: str, **options: Any) -> None:
        """Expect that a socket has received so many messages of this kind, and no more."""
        found = socket.got(event, **options)
        expect.that(
            len(found) == count,
            why,
            expected=f"{count} `{event}` for {socket.name}",
            actual=f"{len(found)}, the last of them {dump(found[-1])}" if found else "none",
        )

    def ends_with(self, socket: Socket, task: JsonObject, title: str) -> None:
        """Wait until the socket is told of this title: all that went before has come by then."""
        told = self.about(task)
        socket.awaits(
            "task:updated",
            f"A task is called {title!r} now: {socket.name} is told.",
            where=lambda body: told(body) and body.object("task").get("title") == title,
        )

    def closes_with(
        self, room: Room, sockets: Sequence[Socket], event: str, count: int, task: JsonObject
    ) -> None:
        """Expect exactly `count` such messages about a task, once a later change has reached each socket."""
        last = room.task()
        self.changes(room.owner, last, title="The last change")
        for socket in sockets:
            self.ends_with(socket, last, "The last change")
            why = f"{socket.name} gets one `{event}` for each change, not more."
            self.nothing_more(socket, event, count, why, where=self.about(task))

    @staticmethod
    def first_break(came: Sequence[str], wanted: Sequence[str]) -> str:
        """Return where two lists begin to differ, for people."""
        place = next(
            (at for at, (one, two) in enumerate(zip(came, wanted, strict=False)) if one != two), None
        )
        if place is None:
            return f"{len(came)} messages"
        return f"message {place + 1} says {came[place]}, after {came[place - 1] if place else 'none'}"

    @staticmethod
    def versions(task: JsonObject) -> None:
        """Block a star that builds on versions, where tasks have none."""
        if "version" not in task:
            raise BlockedError("tasks carry no version yet: the star of `phase1.crud` comes first")

    @staticmethod
    def failed(answer: Response) -> None:
        """Expect the answer to a request whose write did not come about."""
        expect.that(
            500 <= answer.status <= 599,
            "The database did not write what a PATCH asked for.",
            expected="status 5xx",
            actual=f"status {answer.status}",
        )

    def recovers(self, actor: Any, task: JsonObject, **fields: Any) -> None:
        """Expect that a task can be changed again within 10 s."""
        path = f"/tasks/{task.identity()}"
        answer = wait.for_value(lambda: actor.patch(path, fields), lambda got: got.status == 200, 10)
        expect.status(answer, 200, "The database is back: a task can be changed again within 10 s.")

    @staticmethod
    def blocks_without(answer: Response, status: int) -> None:
        """Block a star that builds on a refusal which the app does not give yet."""
        if answer.status != status:
            raise BlockedError(f"a stale If-Match is not {status} yet: the star of `phase1.crud` comes first")


@dataclass(frozen=True)
class Bus:
    """What the plugin inside the app reports of the events on its bus."""

    collector: Collector

    def at(self, service: Service) -> Bus:
        """Return the same for another instance of the app; those that share services share reports."""
        return Bus(self.collector.of(service))

    def mark(self) -> int:
        """Return where the reports of what follows begin, to give as `after`."""
        return self.collector.mark()

    def awaits(
        self, event: str, task: JsonObject, why: str, *, after: int, count: int = 1, within: float = 5.0
    ) -> list[JsonObject]:
        """Return the payloads of this event about this task, waiting until there are `count`."""
        told = self.collector.wait(_reported(event, task), why=why, count=count, within=within, after=after)
        return [report.data.object("payload") for report in told]

    def story(self, task: JsonObject, title: str, *, after: int) -> list[JsonObject]:
        """Return all `taskUpdated` about this task up to the change that gave it this title.

        The plugin reports in order, so that nothing of before is still under way by then.
        """
        fits = _reported("taskUpdated", task)

        def last(data: JsonObject) -> bool:
            return fits(data) and data.object("payload").object("task").get("title") == title

        why = f"A task is called {title!r} now: the bus says so."
        end = self.collector.wait(last, why=why, after=after)[0].number
        reports = [report.data for report in self.collector.reports(after=after) if report.number <= end]
        return [data.object("payload") for data in reports if fits(data)]

    def so_far(self, event: str, task: JsonObject, *, after: int) -> list[JsonObject]:
        """Return the payloads of this event about this task that were reported by now."""
        fits = _reported(event, task)
        reports = [report.data for report in self.collector.reports(after=after)]
        return [data.object("payload") for data in reports if fits(data)]

    def loaded(self) -> JsonObject:
        """Return what the plugin said when the app handed it its bus."""
        why = "The app loads the module that EVENT_PLUGINS names, and calls it with its bus."
        return self.collector.wait(lambda data: data.get("event") == "loaded", why=why)[0].data

    def listeners(self, task: JsonObject, *, after: int) -> list[JsonObject]:
        """Return how many listeners there were, by event, at each `taskUpdated` of this task."""
        fits = _reported("taskUpdated", task)
        reports = [report.data for report in self.collector.reports(after=after)]
        return [data.object("listeners") for data in reports if fits(data)]

    def warnings(self, *, after: int) -> list[str]:
        """Return what Node warned of."""
        reports = [report.data for report in self.collector.reports(after=after)]
        return [data.text("text") for data in reports if data.get("event") == "warning"]

    def quiet(self, event: str, task: JsonObject, why: str, *, after: int, seconds: float) -> None:
        """Expect that no such event is reported for so many seconds."""
        self.collector.quiet(_reported(event, task), why=why, seconds=seconds, after=after)

    def obeys(self, order: str, why: str, *, after: int) -> None:
        """Wait until the plugin has done what it was told."""
        self.collector.wait(lambda data: data.get("event") == order, why=why, after=after)


def _reported(event: str, task: JsonObject) -> Callable[[JsonObject], bool]:
    wanted = task.identity()

    def fits(data: JsonObject) -> bool:
        if data.get("event") != event:
            return False
        about = data.object("payload").get("task")
        return isinstance(about, dict) and str(about.get("id")) == wanted

    return fits


@pytest.fixture
def bus(collector: Collector) -> Bus:
    """Give what happens on the app's bus."""
    return Bus(collector)


@pytest.fixture(scope="session")
def realtime() -> Realtime:
    """Give the words of this phase."""
    return Realtime()


@pytest.fixture
def live(sockets: Sockets, relying_on: Callable[[str], AbstractContextManager[None]]) -> Live:
    """Give a way to connect actors by socket.io."""
    return Live(sockets, relying_on)


@pytest.fixture
def room(owner: Any, member: Any, outsider: Any) -> Room:
    """Give a new project with an owner and a member."""
    project = owner.creates_project()
    owner.adds_member(project.identity(), member)
    return Room(owner, member, outsider, project)
