"""The vocabulary of the Task Manager's checks: its routes, its actors and what they may arrange."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlencode

import pytest

from grader.kit import Client, JsonObject, Service, expect
from grader.kit.draw import Draw
from grader.kit.held import Hold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from grader.kit import Response

API = "/api/v1"

_FACTS = {
    *("id", "email", "name", "role", "createdAt"),
    *("ownerId", "memberIds", "projectId", "assigneeId"),
    *("title", "description", "status", "priority", "dueDate"),
}


@dataclass(frozen=True)
class Caller:
    """Somebody who calls the API, with or without a token; paths start behind `/api/v1`."""

    client: Client

    def at(self, service: Service) -> Self:
        """Return the same caller at another instance of the app."""
        return replace(self, client=self.client.at(service.instance.url))

    def bearing(self, token: str) -> Caller:
        """Return a caller who sends this token."""
        return Caller(self.client.bearing(token))

    def get(self, path: str, **query: Any) -> Response:
        """Send GET with a query string."""
        return self.client.get(API + path + (f"?{urlencode(query)}" if query else ""))

    def post(self, path: str, body: Any = None, **options: Any) -> Response:
        """Send POST with a JSON body."""
        return self.client.post(API + path, {} if body is None else body, **options)

    def put(self, path: str, **options: Any) -> Response:
        """Send PUT without a body."""
        return self.client.request("PUT", API + path, **options)

    def patch(self, path: str, body: Any, **options: Any) -> Response:
        """Send PATCH with a JSON body."""
        return self.client.patch(API + path, body, **options)

    def delete(self, path: str, **options: Any) -> Response:
        """Send DELETE."""
        return self.client.delete(API + path, **options)

    def send(self, method: str, path: str, **options: Any) -> Response:
        """Send any method, for checks of methods and raw bodies."""
        return self.client.request(method, API + path, **options)

    @staticmethod
    def facts(thing: JsonObject, **changes: Any) -> dict[str, Any]:
        """Return the members of an object that the brief names and that only a request changes.

        The rest (`version`, `updatedAt`, further fields that may follow from others) settles itself.
        """
        return {name: value for name, value in {**thing, **changes}.items() if name in _FACTS}


@dataclass(frozen=True)
class Actor(Caller):
    """A registered user with a live token.

    `id` is text; `key` is the same id as the API gives it, string or number, for the bodies of requests.
    """

    id: str
    email: str
    password: str
    name: str
    token: str
    key: Any = field(kw_only=True)
    draw: Draw = field(compare=False, repr=False, kw_only=True)
    relying_on: Callable[[str], AbstractContextManager[None]] = field(compare=False, repr=False, kw_only=True)

    def creates_user(self, **fields: Any) -> JsonObject:
        """Create a user, as only an admin may, and return it; the fields default to random ones."""
        body = {
            "email": self.draw.email(),
            "name": self.draw.word(),
            "password": self.draw.password(),
            **fields,
        }
        with self.relying_on("phase1.crud.creates-a-user"):
            return expect.ok(self.post("/users", body), 201, "An admin creates a user.")

    def creates_project(self, **fields: Any) -> JsonObject:
        """Create a project and return it; the fields default to random ones."""
        body = {"name": self.draw.words(2), "description": self.draw.words(4), **fields}
        with self.relying_on("phase1.crud.creates-a-project"):
            return expect.ok(self.post("/projects", body), 201, "A user creates a project.")

    def creates_task(self, project: str, **fields: Any) -> JsonObject:
        """Create a task in a project and return it."""
        body = {"title": self.draw.words(3), **fields}
        with self.relying_on("phase1.crud.creates-a-task"):
            return expect.ok(self.post(f"/projects/{project}/tasks", body), 201, "A member creates a task.")

    def adds_member(self, project: str, user: Actor) -> None:
        """Make a user a member of a project."""
        self.adds(project, user.id)

    def adds(self, project: str, user: str) -> None:
        """Make the user with this id a member of a project."""
        with self.relying_on("phase1.roles.adds-a-member"):
            answer = self.put(f"/projects/{project}/members/{user}")
            expect.status(answer, {200, 201, 204}, "The owner adds a member to a project.")

    def reads(self, path: str) -> JsonObject:
        """Return an object the actor may see."""
        return expect.ok(self.get(path), 200, f"{self.name} reads {path}.")

    def lists(self, path: str, **query: Any) -> list[JsonObject]:
        """Return the rows of a list, at most 100, without following cursors."""
        body = expect.ok(self.get(path, **{"limit": 100, **query}), 200, f"{self.name} lists {path}.")
        return body.objects("data")


@dataclass(frozen=True)
class People:
    """Makes actors: each registers and logs in with an account of its own."""

    anonymous: Caller
    draw: Draw
    relying_on: Callable[[str], AbstractContextManager[None]]

    def at(self, service: Service) -> People:
        """Return a way to make accounts at another instance of the app."""
        return replace(self, anonymous=self.anonymous.at(service))

    def new(self, name: str | None = None) -> Actor:
        """Register somebody new and log in."""
        details = {
            "email": self.draw.email(),
            "password": self.draw.password(),
            "name": name or self.draw.word().capitalize(),
        }
        with self.relying_on("phase1.jwt.registers-a-user"):
            answer = self.anonymous.post("/auth/register", details)
            user = expect.ok(answer, 201, "A new user registers.")
            user.identity()
        return self.logs_in(**details, key=user["id"])

    def logs_in(self, email: str, password: str, name: str, key: Any = None) -> Actor:
        """Log in with known credentials; the id is asked for where it is not known."""
        with self.relying_on("phase1.jwt.logs-in"):
            answer = self.anonymous.post("/auth/login", {"email": email, "password": password})
            token = expect.ok(answer, 200, f"{name} logs in with the right password.").text("accessToken")
            words = "A token fits into an Authorization header (RFC 6750, 2.1)."
            expect.that(token.isascii() and token.isprintable(), words, actual=token)
            client = self.anonymous.client.bearing(token)
            if key is None:
                me = expect.ok(client.get(f"{API}/users/me"), 200, f"{name} reads /users/me.")
                me.identity()
                key = me["id"]
        about = {"key": key, "draw": self.draw, "relying_on": self.relying_on}
        return Actor(client, str(key), email, password, name, token, **about)

    def logs_in_first_admin(self, service: Service) -> Actor:
        """Log in as the admin of a service's own ADMIN_EMAIL and ADMIN_PASSWORD."""
        email, password = service.setting("ADMIN_EMAIL"), service.setting("ADMIN_PASSWORD")
        with self.relying_on("phase1.models.knows-the-first-admin"):
            actor = self.logs_in(email, password, "The admin")
            me = actor.reads("/users/me")
            expect.equal(me.text("role"), "admin", "The role of the account of ADMIN_EMAIL.")
        return actor

    def again(self, actor: Actor) -> Actor:
        """Log the same user in once more."""
        return self.logs_in(actor.email, actor.password, actor.name, actor.key)


@dataclass(frozen=True)
class Cast:
    """The five columns of the access table, around one project that only `owner` owns."""

    anonymous: Caller
    outsider: Actor
    member: Actor
    owner: Actor
    admin: Actor
    project: str

    @property
    def everybody(self) -> dict[str, Caller]:
        """The columns by name, in the table's order."""
        return {
            "anonymous": self.anonymous,
            "outsider": self.outsider,
            "member": self.member,
            "owner": self.owner,
            "admin": self.admin,
        }


@dataclass(frozen=True)
class Board:
    """Tasks to look for: `user` is in no other project than `project` and `other`; do not change them.

    `tasks` are those of both projects, as they were answered, in the order of their creation.
    """

    user: Actor
    project: str
    other: str
    tasks: tuple[JsonObject, ...]

    def where(self, **members: Any) -> set[str]:
        """Return the ids of the tasks with exactly these members; ids are given as text."""
        return {task.identity() for task in self.tasks if _has(task, members)}


def _has(task: JsonObject, members: dict[str, Any]) -> bool:
    return all(task.get(name) == value or str(task.get(name)) == value for name, value in members.items())


@dataclass(frozen=True)
class Neighbours:
    """Three users with random projects and tasks; do not change them.

    `members` maps a project to the ids of its members, `homes` a task to its project; every title, and
    none else of the run, holds `word`.
    """

    users: tuple[Actor, ...]
    members: dict[str, set[str]]
    homes: dict[str, str]
    word: str

    def projects_of(self, user: Actor) -> set[str]:
        """Return the projects that a user may see."""
        return {project for project, members in self.members.items() if user.id in members}

    def tasks_of(self, user: Actor) -> set[str]:
        """Return the tasks that a user may see."""
        visible = self.projects_of(user)
        return {task for task, project in self.homes.items() if project in visible}


@dataclass
class Mirror:
    """What a user's projects and tasks have to be after the operations so far, and the next operation.

    The model takes over what the service adds by itself (ids, creation times) and leaves out what the
    core does not ask for (`version`, the order of lists).
    """

    user: Actor
    draw: Draw
    projects: dict[str, JsonObject] = field(default_factory=dict)
    tasks: dict[str, JsonObject] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    steps: int = 0

    def step(self) -> None:
        """Do one random operation and expect the answer that the model gives."""
        self.steps += 1
        changes = [self.changes_task] * 4 + [self.changes_project]
        reads = [self.reads_task, self.reads_project, self.lists_tasks, self.lists_projects, self.filters]
        ends = [self.deletes_task] * 2 + [self.deletes_project] + [self.finds_nothing] * bool(self.gone)
        known = [*changes, *reads, *ends] if self.tasks else []
        creations = [self.creates_project] * (len(self.projects) < 5)
        creations += [self.creates_task] * (5 if self.projects and len(self.tasks) < 40 else 0)
        self.draw.choice([*known, *creations])()

    def creates_project(self) -> None:
        """Create a project."""
        body = {"name": self.draw.words(2), "description": self.draw.words(4)}
        project = expect.ok(self.user.post("/projects", body), 201, self._says("a project is created"))
        expect.holds(project, {**body, "ownerId": self.user.id}, self._says("a project is created"))
        self.projects[f"/projects/{project.identity()}"] = project

    def creates_task(self) -> None:
        """Create a task in one of the projects."""
        path = self.draw.choice(list(self.projects))
        body = {"title": self.draw.words(3), **self._fields()}
        task = expect.ok(self.user.post(f"{path}/tasks", body), 201, self._says("a task is created"))
        members = {**body, "projectId": self.projects[path].identity()}
        expect.holds(task, members, self._says("a task is created"))
        self.tasks[f"/tasks/{task.identity()}"] = task

    def changes_project(self) -> None:
        """Change one field of a project."""
        path = self.draw.choice(list(self.projects))
        self.projects[path] = self._changed(
            path, self.projects[path], {self.draw.choice(["name", "description"]): self.draw.word()}
        )

    def changes_task(self) -> None:
        """Change some fields of a task."""
        path = self.draw.choice(list(self.tasks))
        self.tasks[path] = self._changed(
            path, self.tasks[path], self._fields() or {"title": self.draw.word()}
        )

    def deletes_task(self) -> None:
        """Delete a task."""
        path = self.draw.choice(list(self.tasks))
        expect.status(self.user.delete(path), 204, self._says("a task is deleted"))
        del self.tasks[path]
        self.gone.append(path)

    def deletes_project(self) -> None:
        """Delete a project and, with it, its tasks."""
        path = self.draw.choice(list(self.projects))
        project = self.projects.pop(path).identity()
        expect.status(self.user.delete(path), 204, self._says("a project is deleted"))
        lost = [each for each, task in self.tasks.items() if task.identity("projectId") == project]
        for each in lost:
            del self.tasks[each]
        self.gone += [path, *lost]

    def reads_task(self) -> None:
        """Read a task."""
        path = self.draw.choice(list(self.tasks))
        answer = expect.ok(self.user.get(path), 200, self._says("a task is read"))
        expect.holds(answer, self.user.facts(self.tasks[path]), self._says("a task is read"))

    def reads_project(self) -> None:
        """Read a project."""
        path = self.draw.choice(list(self.projects))
        answer = expect.ok(self.user.get(path), 200, self._says("a project is read"))
        expect.holds(answer, self.user.facts(self.projects[path]), self._says("a project is read"))

    def finds_nothing(self) -> None:
        """Read what was deleted."""
        expect.problem(self.user.get(self.draw.choice(self.gone)), 404, self._says("a deleted id is read"))

    def lists_projects(self) -> None:
        """List the user's projects."""
        self._lists("/projects", list(self.projects.values()))

    def lists_tasks(self) -> None:
        """List the tasks of a project."""
        path = self.draw.choice(list(self.projects))
        project = self.projects[path].identity()
        self._lists(
            f"{path}/tasks", [task for task in self.tasks.values() if task.identity("projectId") == project]
        )

    def filters(self) -> None:
        """List the user's tasks with one value of one field."""
        name = self.draw.choice(["status", "priority"])
        value = self.draw.choice(_CHOICES[name])
        self._lists("/tasks", [task for task in self.tasks.values() if task[name] == value], **{name: value})

    def _changed(self, path: str, model: JsonObject, changes: dict[str, Any]) -> JsonObject:
        words = self._says(f"{', '.join(changes)} of {path} changed")
        answer = expect.ok(self.user.patch(path, changes), 200, words)
        expect.holds(answer, self.user.facts(model, **changes), words)
        return answer

    def _lists(self, path: str, model: list[JsonObject], **query: str) -> None:
        words = self._says(f"{path} is listed{' with ' + urlencode(query) if query else ''}")
        rows = {row.identity(): row for row in self.user.lists(path, **query)}
        expect.equal(sorted(rows), sorted(each.identity() for each in model), words)
        for each in model:
            expect.holds(rows[each.identity()], self.user.facts(each), words)

    def _fields(self) -> dict[str, Any]:
        values = {
            "description": self.draw.words(2),
            "status": self.draw.choice(_CHOICES["status"]),
            "priority": self.draw.choice(_CHOICES["priority"]),
            "assigneeId": self.draw.choice([None, self.user.key]),
            "dueDate": self.draw.choice([None, self.draw.instant()]),
        }
        return {name: value for name, value in values.items() if self.draw.number(0, 2) == 0}

    def _says(self, what: str) -> str:
        return (
            f"Operation {self.steps} of a random run: {what}. The answer is the one of a model of them all."
        )


_CHOICES = {"status": ["todo", "in_progress", "done"], "priority": ["low", "medium", "high"]}


@pytest.fixture
def hold(service: Service) -> Iterator[Hold]:
    """Give a way to hold back writes; released with the check."""
    held = Hold(service.admin_url("postgres"))
    try:
        yield held
    finally:
        held.close()


@pytest.fixture
def mirror(people: People, draw: Draw) -> Mirror:
    """Give a user without projects, and a model of what they will do."""
    return Mirror(people.new(), draw)


@pytest.fixture(scope="session")
def board(crowd: People) -> Board:
    """Give 27 tasks that differ in what lists can be filtered by."""
    user = crowd.new("Bea")
    project, other = (user.creates_project().identity() for _ in range(2))
    tasks = []
    for number in range(27):
        fields = {
            "title": crowd.draw.words(3),
            "status": _CHOICES["status"][number % 3],
            "priority": _CHOICES["priority"][number // 3 % 3],
            "assigneeId": (user.key, None)[number // 9 % 2],
        }
        tasks.append(user.creates_task((project, other)[number % 2], **fields))
        with crowd.relying_on("phase1.crud.creates-a-task"):
            expect.holds(tasks[-1], fields, "A new task has every field that was given.")
    return Board(user, project, other, tuple(tasks))


@pytest.fixture(scope="session")
def long_list(crowd: People) -> tuple[Actor, str]:
    """Give somebody with a project of 120 tasks, and the project's id."""
    user = crowd.new("Lou")
    project = user.creates_project().identity()
    for number in range(120):
        due = None if number % 4 == 0 else crowd.draw.instant()
        user.creates_task(project, priority=crowd.draw.choice(_CHOICES["priority"]), dueDate=due)
    return user, project


@pytest.fixture(scope="session")
def anonymous(client: Client) -> Caller:
    """Give somebody without a token."""
    return Caller(client)


@pytest.fixture
def people(
    anonymous: Caller, draw: Draw, relying_on: Callable[[str], AbstractContextManager[None]]
) -> People:
    """Give a way to make accounts that only this check uses."""
    return People(anonymous, draw, relying_on)


@pytest.fixture(scope="session")
def crowd(
    anonymous: Caller,
    relying_on: Callable[[str], AbstractContextManager[None]],
    run_seed: str,
) -> People:
    """Make the accounts that all checks of a run share, because hashing passwords takes time."""
    return People(anonymous, Draw(f"{run_seed}/crowd"), relying_on)


@pytest.fixture(scope="session")
def admin(crowd: People, service: Service) -> Actor:
    """Log in as the first admin, whose credentials the grader sets."""
    return crowd.logs_in_first_admin(service)


@pytest.fixture(scope="session")
def owner(crowd: People) -> Actor:
    """Give a user who owns what the check creates as `owner`. Checks must not change this account."""
    return crowd.new("Olive")


@pytest.fixture(scope="session")
def member(crowd: People) -> Actor:
    """Give a user to be made a member. Checks must not change this account."""
    return crowd.new("Mel")


@pytest.fixture(scope="session")
def outsider(crowd: People) -> Actor:
    """Give a user who belongs to no project of the check. Checks must not change this account."""
    return crowd.new("Otto")


@pytest.fixture(scope="session")
def guest(crowd: People) -> Actor:
    """Give one more user to be made a member. Checks must not change this account."""
    return crowd.new("Gus")


@pytest.fixture(scope="session")
def neighbours(crowd: People) -> Neighbours:
    """Give three users, of whose projects some are shared by two of them and some by none."""
    draw = crowd.draw
    users = tuple(crowd.new() for _ in range(3))
    members: dict[str, set[str]] = {}
    homes: dict[str, str] = {}
    word = draw.word()
    for number, owner in enumerate(users * 3):
        project = owner.creates_project().identity()
        members[project] = {owner.id}
        keys = [None, owner.key]
        friend = users[(number + 1) % 3]
        if number < 3 or draw.number(0, 2) == 0:
            owner.adds_member(project, friend)
            members[project].add(friend.id)
            keys.append(friend.key)
        for _ in range(draw.number(1, 3)):
            task = owner.creates_task(project, title=f"{draw.word()} {word}", assigneeId=draw.choice(keys))
            homes[task.identity()] = project
    return Neighbours(users, members, homes, word)


@pytest.fixture
def cast(anonymous: Caller, outsider: Actor, member: Actor, owner: Actor, admin: Actor) -> Cast:
    """Give all five actors around a new project."""
    project = owner.creates_project().identity()
    owner.adds_member(project, member)
    return Cast(anonymous, outsider, member, owner, admin, project)


@pytest.fixture
def unlike(draw: Draw) -> Callable[[Any], Any]:
    """Give `unlike(id)`: an id in the form of a known one, text or number, that nothing has."""

    def changed(known: Any) -> Any:
        if str(known).isdigit():
            return type(known)(int(known) + draw.number(1_000_000, 9_000_000))
        # The end only: a UUID keeps its version, and every alphabet of ids has its own kind of sign there.
        return known[:-8] + "".join(_another(sign, draw) for sign in known[-8:])

    return changed


def _another(sign: str, draw: Draw) -> str:
    alphabets = ("0123456789", "abcdef", "ABCDEF", "ghijklmnopqrstuvwxyz", "GHIJKLMNOPQRSTUVWXYZ")
    return next((draw.choice(letters) for letters in alphabets if sign in letters), sign)
