"""The vocabulary of the checks of jobs: tasks to assign, mail that should come, jobs as admins see them."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from grader.kit import JsonObject, Mail, Service, expect, wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.kit import Attempt, Draw, Response

QUIET_S = 1.0
"""How long nothing more may come, counted from a mail that shows that mails come."""


@dataclass(frozen=True)
class Desk:
    """A project whose owner, `boss`, assigns tasks to people with mailboxes of their own."""

    boss: Any
    people: Any
    mail: Mail
    draw: Draw
    project: JsonObject
    made: dict[str, JsonObject] = field(default_factory=dict, compare=False, repr=False)

    def at(self, service: Service) -> Desk:
        """Return a desk of an instance with fresh services: its own accounts, project and mail server."""
        people = self.people.at(service)
        boss = people.new("Bo")
        return Desk(boss, people, Mail.of(service), self.draw, boss.creates_project(name=self.draw.words(2)))

    def hires(self) -> Any:
        """Return somebody new, a member of the project."""
        actor = self.people.new()
        self.boss.adds_member(self.project.identity(), actor)
        return actor

    def task(self, **fields: Any) -> JsonObject:
        """Create a task that is nobody's."""
        task: JsonObject = self.boss.creates_task(self.project.identity(), **fields)
        return task

    def tries(self, task: JsonObject, to: Any) -> Response:
        """Ask for an assignment, or with None for an unassignment, and return the answer whatever it is."""
        answer: Response = self.boss.patch(
            f"/tasks/{task.identity()}", {"assigneeId": to.key if to else None}
        )
        return answer

    def assigns(self, task: JsonObject, to: Any) -> None:
        """Assign a task, which has to work."""
        expect.ok(self.tries(task, to), 200, "The owner of a project assigns a task to a member.")

    def recovers(self, to: Any, *, within: float) -> None:
        """Assign a new task after an outage: it has to work, and be mailed, within so many seconds."""
        began, task = time.monotonic(), self.task()
        answer = wait.for_value(lambda: self.tries(task, to), lambda got: got.status == 200, within)
        expect.status(answer, 200, f"Redis is back: a task can be assigned again within {within:g} s.")
        left = max(5.0, within - (time.monotonic() - began))
        self.comes(to, "Redis is back: assignments are mailed again, without a restart.", within=left)

    def gives(self, to: Any, **fields: Any) -> JsonObject:
        """Create a task, assign it and return it."""
        task = self.task(**fields)
        self.assigns(task, to)
        return task

    def comes(self, to: Any, why: str, *, count: int = 1, within: float = 15.0) -> list[Attempt]:
        """Expect mail to somebody; return what the mail server took."""
        return self.mail.messages(to.email, count=count, within=within, why=f"mail: {why.rstrip('.')}")

    def exactly(self, to: Any, count: int, why: str) -> list[Attempt]:
        """Expect so many mails to somebody, and none more soon after."""
        came = self.comes(to, why, count=count) if count else []
        self.mail.quiet(to.email, seconds=QUIET_S, beyond=count, why=why)
        return came

    def in_hand(self, count: int = 1) -> None:
        """Wait until the mail server holds so many messages that it has not answered."""
        held = wait.for_value(self.mail.parallel, lambda many: many >= count, 15)
        expect.that(
            held >= count,
            "An assigned task makes the worker hand a message to the mail server.",
            expected=f"{count} in the server's hands within 15 s",
            actual=held,
        )


@dataclass(frozen=True)
class Jobs:
    """The jobs of an instance, as an admin reads them."""

    reader: Any

    def of(self, task: JsonObject, *, why: str, **query: str) -> JsonObject:
        """Return the one job of a task, found in the list of jobs."""
        rows = self.reader.lists("/jobs", taskId=task.identity(), **query)
        expect.equal(len(rows), 1, why)
        row: JsonObject = rows[0]
        return row

    def reads(self, job: JsonObject) -> JsonObject:
        """Return one job by its id."""
        found: JsonObject = self.reader.reads(f"/jobs/{job.identity()}")
        return found

    def ends(self, task: JsonObject, state: str, *, within: float = 20.0) -> JsonObject:
        """Wait until the job of a task is in a state, and return it as its own route gives it."""
        path = {"taskId": task.identity()}

        def found() -> list[JsonObject]:
            rows: list[JsonObject] = self.reader.lists("/jobs", **path)
            return rows

        rows = wait.for_value(found, lambda seen: [row.get("state") for row in seen] == [state], within)
        expect.equal(
            [row.get("state") for row in rows],
            [state],
            f"The states of the jobs in `GET /jobs?taskId=` of an assigned task, within {within:g} s.",
        )
        return self.reads(rows[0])

    def counts(self) -> JsonObject:
        """Return how many jobs there are, by state."""
        counts: JsonObject = self.reader.reads("/jobs/stats")
        return counts


@dataclass(frozen=True)
class Shelf:
    """What BullMQ keeps in Redis about its queue `email`."""

    url: str

    def waiting(self, within: float = 10.0) -> list[tuple[str, dict[str, str]]]:
        """Return the jobs that wait, with their fields; empty if none does within that time."""
        return wait.for_value(self._waiting, bool, within)

    def keys(self) -> str:
        """Return the names of what is in Redis, the first twelve, for people."""
        with self._connected() as redis:
            names: list[str] = sorted(redis.keys("*"))
        return ", ".join([*names[:12], *(["..."] if len(names) > 12 else [])]) or "none"

    def is_bullmq(self) -> bool:
        """Tell whether a queue of BullMQ called `email` is there, by a mark that older Bull does not set."""
        with self._connected() as redis:
            return bool(redis.exists("bull:email:meta"))

    def failed(self) -> list[str]:
        """Return the ids of the jobs that were given up."""
        with self._connected() as redis:
            ids: list[str] = redis.zrange("bull:email:failed", 0, -1)
            return ids

    def _waiting(self) -> list[tuple[str, dict[str, str]]]:
        with self._connected() as redis:
            ids = (
                list(redis.lrange("bull:email:wait", 0, -1))
                if redis.type("bull:email:wait") == "list"
                else []
            )
            for name in ("delayed", "prioritized"):
                ids += redis.zrange(f"bull:email:{name}", 0, -1)
            # BullMQ marks an empty list by an entry that is no job.
            return [(one, found) for one in ids if (found := redis.hgetall(f"bull:email:{one}"))]

    def _connected(self) -> Any:
        import redis  # noqa: PLC0415 - a capability the exercise requires, loaded where it is used

        return redis.Redis.from_url(self.url, decode_responses=True)


class Office:
    """What checks of this phase say often; a fixture, since checks import nothing of ours."""

    @staticmethod
    def shelf(service: Service) -> Shelf:
        """Return what an instance's Redis holds."""
        return Shelf(service.admin_url("redis"))

    @staticmethod
    def jobs(desk: Desk, service: Service) -> Jobs:
        """Return the jobs of an instance with fresh services, which has an admin of its own."""
        return Jobs(desk.people.logs_in_first_admin(service))

    @staticmethod
    def timed(work: Callable[[], Any]) -> tuple[Any, float]:
        """Return what a call returns, and the seconds it took."""
        began = time.monotonic()
        return work(), time.monotonic() - began

    @staticmethod
    def pause(seconds: float, why: str) -> None:
        """Let time pass that is itself what is tested."""
        wait.until(time.monotonic() + seconds, why)

    @staticmethod
    def gaps(tries: list[Attempt]) -> list[float]:
        """Return the seconds from each try's answer to the next try."""
        return [later.at - sooner.answered for sooner, later in pairwise(tries)]

    @staticmethod
    def log_lines(lines: list[str]) -> list[dict[str, Any]]:
        """Return the lines of a log that are JSON objects with a `jobId`."""
        found = []
        for line in lines:
            start = line.find("{")
            try:
                value = json.loads(line[start:]) if start >= 0 else None
            except ValueError:
                continue
            if isinstance(value, dict) and "jobId" in value:
                found.append(value)
        return found


@pytest.fixture(scope="session")
def office() -> Office:
    """Give the words of this phase."""
    return Office()


@pytest.fixture
def desk(owner: Any, people: Any, mail: Mail, draw: Draw) -> Desk:
    """Give a new project whose owner assigns tasks."""
    return Desk(owner, people, mail, draw, owner.creates_project(name=draw.words(2)))


@pytest.fixture
def jobs(admin: Any) -> Jobs:
    """Give the jobs of the service under grading."""
    return Jobs(admin)
