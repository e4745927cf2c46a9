"""The vocabulary of the Task Manager's checks: its routes, its actors and what they may arrange."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from grader.kit import Client, JsonObject, Service, expect
from grader.kit.draw import Draw

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from grader.kit import Response

API = "/api/v1"


@dataclass(frozen=True)
class Caller:
    """Somebody who calls the API, with or without a token; paths start behind `/api/v1`."""

    client: Client

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


@dataclass(frozen=True)
class Actor(Caller):
    """A registered user with a live token."""

    id: str
    email: str
    password: str
    name: str
    token: str
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
        with self.relying_on("phase1.crud.adds-a-member"):
            answer = self.put(f"/projects/{project}/members/{user.id}")
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
        return self.logs_in(**details, id=user.identity())

    def logs_in(self, email: str, password: str, name: str, id: str = "") -> Actor:  # noqa: A002
        """Log in with known credentials; the id is asked for where it is not known."""
        with self.relying_on("phase1.jwt.logs-in"):
            answer = self.anonymous.post("/auth/login", {"email": email, "password": password})
            token = expect.ok(answer, 200, f"{name} logs in with the right password.").text("accessToken")
            client = self.anonymous.client.bearing(token)
            id = id or expect.ok(client.get(f"{API}/users/me"), 200, f"{name} reads /users/me.").identity()  # noqa: A001
        return Actor(client, id, email, password, name, token, draw=self.draw, relying_on=self.relying_on)

    def again(self, actor: Actor) -> Actor:
        """Log the same user in once more."""
        return self.logs_in(actor.email, actor.password, actor.name, actor.id)


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
    return crowd.logs_in(service.setting("ADMIN_EMAIL"), service.setting("ADMIN_PASSWORD"), "The admin")


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


@pytest.fixture
def cast(anonymous: Caller, outsider: Actor, member: Actor, owner: Actor, admin: Actor) -> Cast:
    """Give all five actors around a new project."""
    project = owner.creates_project().identity()
    owner.adds_member(project, member)
    return Cast(anonymous, outsider, member, owner, admin, project)
