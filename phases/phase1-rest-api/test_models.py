"""What the database holds: its seed, its rules, and what becomes of what is deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from grader.kit import JsonObject, after, expect, needs

INVALID = {422, 400}


def test_knows_the_first_admin(admin):
    """The account of ADMIN_EMAIL and ADMIN_PASSWORD can log in, and it is an admin's."""
    email = admin.reads("/users/me").text("email")
    expect.equal(email.lower(), admin.email.lower(), "The e-mail address of the first admin.")


@needs("instance")
@after("test_knows_the_first_admin")
def test_takes_the_first_admin_from_the_environment(service, fresh):
    """A new database gets the admin of its own ADMIN_EMAIL and ADMIN_PASSWORD, and no other."""
    other = {"email": service.setting("ADMIN_EMAIL"), "password": service.setting("ADMIN_PASSWORD")}
    answer = fresh.admin.post("/auth/login", other)
    refused = range(400, 500)
    expect.that(
        answer.status in refused,
        "A login with the ADMIN_EMAIL and ADMIN_PASSWORD of another installation.",
        expected="a status of 4xx",
        actual=f"status {answer.status}",
    )


def test_a_project_knows_its_people(owner):
    """A new project names its owner, who is a member too."""
    project = owner.creates_project()

    people = {"ownerId": owner.id, "memberIds": [owner.id]}
    expect.holds(project, people, "Whoever creates a project owns it and counts as its first member.")


@needs("instance")
@after("test_takes_the_first_admin_from_the_environment")
def test_seeds_something_to_look_at(fresh):
    """A seeded database holds an admin, 2 users, 2 projects, and 5 tasks in 2 or more statuses."""
    users, projects, tasks = (fresh.admin.lists(path) for path in ("/users", "/projects", "/tasks"))

    _at_least(1, [user for user in users if user.text("role") == "admin"], "admins")
    _at_least(2, users, "users")
    _at_least(2, projects, "projects")
    _at_least(5, tasks, "tasks")
    _at_least(2, {task.text("status") for task in tasks}, "statuses of tasks")


@needs("instance", "run_script")
@after("test_seeds_something_to_look_at", "test_a_project_knows_its_people")
def test_migrates_again(fresh):
    """Running db:migrate on a database that is up to date exits with 0 and changes nothing."""
    _changes_nothing(fresh, "db:migrate")


@needs("instance", "run_script")
@after("test_seeds_something_to_look_at", "test_a_project_knows_its_people")
def test_seeds_again(fresh):
    """Running db:seed on a seeded database exits with 0; nothing is there twice, and nothing is gone."""
    _changes_nothing(fresh, "db:seed")


@needs("instance", "restart")
@after("test_takes_the_first_admin_from_the_environment")
def test_leaves_an_account_as_it_is(fresh, crowd):
    """A start with the ADMIN_EMAIL of an account that exists leaves its password and name as they are."""
    user = crowd.at(fresh.service).new()
    other = {"email": user.email, "password": crowd.draw.password()}

    again = fresh.service.restart(env={"ADMIN_EMAIL": user.email, "ADMIN_PASSWORD": other["password"]})

    kept = crowd.at(again).again(user).reads("/users/me")
    rationale = "An account after a start with its address as ADMIN_EMAIL."
    expect.holds(kept, {"id": user.id, "name": user.name}, rationale)
    answer = crowd.anonymous.at(again).post("/auth/login", other)
    expect.problem(answer, 401, "A login to it with the ADMIN_PASSWORD that is not the account's own.")


def test_an_email_belongs_to_one_user(anonymous, people, draw):
    """An e-mail address that is taken is refused with 409, also when it is written in capitals."""
    user = people.new()

    for email in (user.email, user.email.upper()):
        details = {"email": email, "password": draw.password(), "name": draw.word()}
        answer = anonymous.post("/auth/register", details)
        expect.problem(answer, 409, f"POST /auth/register with {email}, where {user.email} is taken.")


@after("test_a_project_knows_its_people")
def test_a_task_keeps_what_it_is_given(owner, project, draw):
    """A task is stored with every field it was created with."""
    fields = {
        "title": draw.words(),
        "description": draw.words(8),
        "status": draw.choice(["in_progress", "done"]),
        "priority": draw.choice(["low", "high"]),
        "assigneeId": owner.key,
        "dueDate": draw.instant(),
    }
    task = owner.creates_task(project, **fields)

    expected = {**fields, "assigneeId": owner.id, "projectId": project}
    expect.holds(owner.reads(f"/tasks/{task.identity()}"), expected, "GET of a task after its creation.")


@after("test_a_project_knows_its_people")
def test_a_task_has_defaults(owner, project):
    """A task of which only the title is given is `todo`, `medium`, and neither assigned nor due."""
    task = owner.creates_task(project)

    defaults = {
        "description": "",
        "status": "todo",
        "priority": "medium",
        "assigneeId": None,
        "dueDate": None,
    }
    expect.holds(task, defaults, "The defaults of a task.")


@after("test_a_project_knows_its_people")
def test_dates_what_it_stores(owner, project):
    """`createdAt` and `updatedAt` are moments in UTC, as RFC 3339 writes them."""
    owner.reads("/users/me").instant("createdAt")

    for stored in (owner.reads(f"/projects/{project}"), owner.creates_task(project)):
        created, updated = stored.instant("createdAt"), stored.instant("updatedAt")
        rationale = "Nothing is changed before it is created."
        expect.that(created <= updated, rationale, expected="createdAt <= updatedAt", actual=stored)


@after("test_a_project_knows_its_people")
def test_a_task_belongs_to_a_known_project(owner, project, unlike):
    """A task for a project that does not exist is refused with 404."""
    answer = owner.post(f"/projects/{unlike(project)}/tasks", {"title": "Lost"})

    expect.problem(answer, 404, "POST /projects/:id/tasks with the id of no project.")


@after("test_a_project_knows_its_people")
def test_a_task_is_assigned_to_a_known_user(owner, project, unlike):
    """A task for an assignee who does not exist is refused with 422 or 404."""
    nobody = unlike(owner.key)

    answer = owner.post(f"/projects/{project}/tasks", {"title": "Nobody's", "assigneeId": nobody})

    expect.problem(answer, {404, *INVALID}, "POST of a task whose `assigneeId` is the id of no user.")


@after("test_a_task_keeps_what_it_is_given")
def test_a_task_has_one_of_three_statuses(owner, project, draw):
    """The status of a task is `todo`, `in_progress` or `done`; any other is 422."""
    for status in ("todo", "in_progress", "done"):
        expect.holds(owner.creates_task(project, status=status), {"status": status}, f"Status `{status}`.")

    _refuses(owner, project, "status", [draw.word(), "Done", "", 1])


@after("test_a_task_keeps_what_it_is_given")
def test_a_task_has_one_of_three_priorities(owner, project, draw):
    """The priority of a task is `low`, `medium` or `high`; any other is 422."""
    for priority in ("low", "medium", "high"):
        task = owner.creates_task(project, priority=priority)
        expect.holds(task, {"priority": priority}, f"Priority `{priority}`.")

    _refuses(owner, project, "priority", [draw.word(), "High", "", 1])


@after("test_a_task_keeps_what_it_is_given")
def test_a_title_has_1_to_200_characters(owner, project):
    """The title of a task has 1 to 200 characters; none, or one more, is 422."""
    for length in (1, 200):
        owner.creates_task(project, title="t" * length)

    _refuses(owner, project, "title", ["", "t" * 201])
    answer = owner.post(f"/projects/{project}/tasks", {"description": "without a title"})
    expect.problem(answer, INVALID, "POST of a task without a title.", path="title")


@after("test_a_project_knows_its_people")
def test_texts_of_a_project_have_limits(owner):
    """A project's name has 1 to 100 characters and its description at most 2000; else it is 422."""
    owner.creates_project(name="n", description="")
    owner.creates_project(name="n" * 100, description="d" * 2000)

    for field, length in (("name", 0), ("name", 101), ("description", 2001)):
        body = {"name": "Name", "description": "", field: "x" * length}
        answer = owner.post("/projects", body)
        expect.problem(answer, INVALID, f"POST of a project with {length} characters of {field}.", path=field)


@after("test_a_task_keeps_what_it_is_given")
def test_a_description_of_a_task_has_a_limit(owner, project):
    """The description of a task has at most 5000 characters; one more is 422."""
    owner.creates_task(project, description="d" * 5000)

    _refuses(owner, project, "description", ["d" * 5001])


@after("test_a_task_keeps_what_it_is_given")
def test_a_due_date_is_a_moment(owner, project):
    """A due date without a time or an offset, or of a day or hour that does not exist, is 422."""
    no_moments = ["2030-06-01", "2030-06-01T12:00:00", "01/06/2030", "soon", "", 2030]
    no_moments += ["2030-13-01T12:00:00Z", "2030-02-30T12:00:00Z", "2030-06-01T25:00:00Z"]

    _refuses(owner, project, "dueDate", no_moments)


@after("test_a_task_keeps_what_it_is_given")
def test_a_due_date_is_shown_in_utc(owner, project):
    """A due date that is given with another offset is the same moment in UTC."""
    task = owner.creates_task(project, dueDate="2030-06-01T14:30:00+02:30")

    task.instant("dueDate")
    expect.holds(task, {"dueDate": "2030-06-01T12:00:00Z"}, "A due date given as 2030-06-01T14:30:00+02:30.")


@needs("instance", "kill", "restart")
@after("test_a_task_keeps_what_it_is_given")
def test_keeps_everything_over_a_kill(service, crowd):
    """After a SIGKILL and a new start, every object reads the same as before."""
    instance = service.another()
    user, friend = (crowd.at(instance).new() for _ in range(2))
    project = user.creates_project().identity()
    user.adds_member(project, friend)
    tasks = [
        user.creates_task(project, assigneeId=friend.key, dueDate=crowd.draw.instant()) for _ in range(2)
    ]
    paths = ["/users/me", f"/projects/{project}", *(f"/tasks/{task.identity()}" for task in tasks)]
    before = {path: user.reads(path) for path in paths}

    instance.kill("SIGKILL")
    again = crowd.at(instance.restart()).again(user)

    for path in paths:
        expect.equal(again.reads(path), before[path], f"GET {path} after a SIGKILL and a new start.")


@after("test_a_task_keeps_what_it_is_given")
def test_a_project_takes_its_tasks_with_it(people):
    """When a project is deleted, its tasks are gone: 404 by id, and in no list."""
    user = people.new()
    kept, doomed = (user.creates_project().identity() for _ in range(2))
    stays, goes = (user.creates_task(project).identity() for project in (kept, doomed))

    expect.status(user.delete(f"/projects/{doomed}"), 204, "The owner deletes a project.")

    expect.problem(user.get(f"/tasks/{goes}"), 404, "GET of a task whose project was deleted.")
    left = {task.identity() for task in user.lists("/tasks")} & {stays, goes}
    expect.equal(sorted(left), [stays], "GET /tasks after one of two projects with a task each was deleted.")


@after("test_a_task_keeps_what_it_is_given", "test_knows_the_first_admin")
def test_a_deleted_user_leaves_their_tasks_unassigned(admin, owner, project, people):
    """When a user is deleted, their tasks stay, and nobody is assigned to them."""
    leaver, task = _assigned(owner, project, people)

    expect.status(admin.delete(f"/users/{leaver.id}"), 204, "An admin deletes a user.")

    _unassigned(owner, task, "GET of a task whose assignee was deleted.")


@after("test_a_deleted_user_leaves_their_tasks_unassigned")
def test_a_deleted_user_leaves_all_projects(admin, owner, people):
    """When a user is deleted, no project names them as a member any more."""
    project = owner.creates_project().identity()
    leaver = people.new()
    owner.adds_member(project, leaver)

    expect.status(admin.delete(f"/users/{leaver.id}"), 204, "An admin deletes a user.")

    members = {"memberIds": [owner.id]}
    expect.holds(owner.reads(f"/projects/{project}"), members, "GET of a project whose member was deleted.")


@after("test_a_project_knows_its_people", "test_knows_the_first_admin")
def test_an_owner_cannot_be_deleted(admin, people):
    """A user who owns a project cannot be deleted: 409, and both are still there."""
    user = people.new()
    project = user.creates_project()

    answer = admin.delete(f"/users/{user.id}")

    expect.problem(answer, 409, "DELETE of a user who owns a project.")
    expect.equal(user.reads("/users/me").identity(), user.id, "The user after a DELETE that was refused.")
    still = user.reads(f"/projects/{project.identity()}")
    expect.holds(still, {"ownerId": user.id}, "The project of a user whose DELETE was refused.")


@after("test_a_task_keeps_what_it_is_given")
def test_a_removed_member_leaves_their_tasks_unassigned(owner, project, people):
    """When a member is removed from a project, their tasks of this project have no assignee any more."""
    leaver, task = _assigned(owner, project, people)

    _removes(owner, project, leaver)

    _unassigned(owner, task, "GET of a task whose assignee was removed from its project.")


@after("test_a_removed_member_leaves_their_tasks_unassigned")
def test_a_removed_member_keeps_their_other_tasks(owner, project, people):
    """When a member is removed from a project, their tasks of other projects stay theirs."""
    leaver, _ = _assigned(owner, project, people)
    other = leaver.creates_project().identity()
    task = leaver.creates_task(other, assigneeId=leaver.key).identity()

    _removes(owner, project, leaver)

    still = leaver.reads(f"/tasks/{task}")
    expect.holds(
        still, {"assigneeId": leaver.id}, "A task of another project than the one they had to leave."
    )


@dataclass(frozen=True)
class _Fresh:
    """An instance on a new database with its own first admin."""

    service: Any
    admin: Any


@pytest.fixture(scope="module")
def fresh(service, crowd):
    """Start an instance on a new database, and log in as the admin of its environment."""
    email, password = crowd.draw.email(), crowd.draw.password()
    instance = service.another(fresh=True, env={"ADMIN_EMAIL": email, "ADMIN_PASSWORD": password})
    return _Fresh(instance, crowd.at(instance).logs_in_first_admin(instance))


@pytest.fixture(scope="module")
def project(owner):
    """Create a project that all checks of this file put tasks into."""
    return owner.creates_project().identity()


def _at_least(count: int, found: Any, what: str) -> None:
    rationale = f"After db:migrate and db:seed on an empty database, an admin sees {what}."
    expect.that(len(found) >= count, rationale, expected=f"at least {count}", actual=f"{len(found)}")


def _changes_nothing(fresh: _Fresh, script: str) -> None:
    """Run a script once more; what people made in the meantime has to be there afterwards, too."""
    made = fresh.admin.creates_project().identity()
    counts = _counts(fresh.admin)

    run = fresh.service.run_script(script)

    ended = "it did not end" if run.exit_code is None else f"exit code {run.exit_code}"
    rationale = f"npm run {script} once more, on a database that is in use."
    expect.that(
        run.exit_code == 0, rationale, expected="exit code 0", actual=f"{ended}\n{run.output[-1000:]}"
    )
    expect.equal(_counts(fresh.admin), counts, f"How much there is after {rationale}")
    answer = fresh.admin.get(f"/projects/{made}")
    expect.status(answer, 200, f"A project that was created before {rationale}")


def _counts(admin) -> dict[str, int]:
    return {path: len(admin.lists(path)) for path in ("/users", "/projects", "/tasks")}


def _refuses(owner, project: str, field: str, invalid: list[Any]) -> None:
    for value in invalid:
        body = {"title": "A task", field: value}
        shown = repr(value) if len(repr(value)) < 40 else f"{len(value)} characters"
        answer = owner.post(f"/projects/{project}/tasks", body)
        expect.problem(answer, INVALID, f"POST of a task with {shown} as its {field}.", path=field)


def _assigned(owner, project: str, people) -> tuple[Any, str]:
    """Return a new member and the id of a task that is assigned to them."""
    member = people.new()
    owner.adds_member(project, member)
    task = owner.creates_task(project, assigneeId=member.key)
    expect.holds(task, {"assigneeId": member.id}, "POST of a task that is assigned to a member.")
    return member, task.identity()


def _unassigned(owner, task: str, rationale: str) -> None:
    found: JsonObject = owner.reads(f"/tasks/{task}")
    expect.holds(found, {"assigneeId": None}, rationale)


def _removes(owner, project: str, member) -> None:
    answer = owner.delete(f"/projects/{project}/members/{member.id}")
    expect.status(answer, {204, 200}, "The owner removes a member from a project.")
