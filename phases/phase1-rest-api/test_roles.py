"""Line roles: who may do what, for every route, every object and every list."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.kit import after, expect, gate, needs, wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.kit import JsonObject

COLUMNS = ("anonymous", "outsider", "member", "owner", "admin")

CLASSES = {"y": (200, 201, 204), "1": (401,), "3": (403,), "4": (403, 404)}

HIDDEN = (403, 404)


@dataclass(frozen=True)
class Scene:
    """The objects that the cells of the table are about; `guest` is one more member of the project."""

    project: str
    task: str
    guest: str
    member: str
    newcomer: str

    def path(self, template: str) -> str:
        """Put the ids into a path."""
        return template.format_map(vars(self))


@dataclass(frozen=True)
class Row:
    """One verb of the table: `cells` holds a class for each of `COLUMNS`, `body` makes a new valid body."""

    verb: str
    path: str
    cells: str
    body: Callable[[Any], dict[str, Any]] | None = None


PROJECT_ROWS = (
    Row("GET", "/projects", "1yyyy"),
    Row("POST", "/projects", "1yyyy", lambda draw: {"name": draw.word()}),
    Row("GET", "/projects/{project}", "14yyy"),
    Row("PATCH", "/projects/{project}", "143yy", lambda draw: {"name": draw.word()}),
    Row("DELETE", "/projects/{project}", "143yy"),
)
MEMBER_ROWS = (
    Row("PUT", "/projects/{project}/members/{newcomer}", "143yy"),
    Row("DELETE", "/projects/{project}/members/{guest}", "143yy"),
    Row("DELETE", "/projects/{project}/members/{member}", "14yyy"),
)
TASK_ROWS = (
    Row("GET", "/tasks", "1yyyy"),
    Row("GET", "/projects/{project}/tasks", "14yyy"),
    Row("POST", "/projects/{project}/tasks", "14yyy", lambda draw: {"title": draw.word()}),
    Row("GET", "/tasks/{task}", "14yyy"),
    Row("PATCH", "/tasks/{task}", "14yyy", lambda draw: {"status": "done", "title": draw.word()}),
    Row("DELETE", "/tasks/{task}", "143yy"),
)
USER_ROWS = (
    Row("GET", "/users", "1444y"),
    Row(
        "POST",
        "/users",
        "1444y",
        lambda draw: {"email": draw.email(), "name": draw.word(), "password": draw.password()},
    ),
    Row("GET", "/users/{guest}", "1444y"),
    Row("PATCH", "/users/{guest}", "1444y", lambda draw: {"name": draw.word()}),
    Row("PATCH", "/users/{guest}", "1444y", lambda _draw: {"role": "user"}),
)


def _scene(cast: Any, guest: str) -> Scene:
    """Make a project of the owner's with one task, the member and a guest."""
    project = cast.owner.creates_project().identity()
    for user in (cast.member.id, guest):
        cast.owner.adds(project, user)
    task = cast.owner.creates_task(project, assigneeId=cast.member.key).identity()
    return Scene(project, task, guest, cast.member.id, cast.outsider.id)


def _state(cast: Any, scene: Scene) -> list[JsonObject]:
    """Return all that a refused request must leave alone."""
    tasks = sorted(cast.owner.lists(f"/projects/{scene.project}/tasks"), key=lambda task: task.identity())
    return [cast.owner.reads(f"/projects/{scene.project}"), cast.admin.reads(f"/users/{scene.guest}"), *tasks]


def _unchanged(cast: Any, scene: Scene, before: list[JsonObject], words: str) -> None:
    now = _state(cast, scene)
    expect.equal(len(now), len(before), f"{words} Refused, it adds and removes nothing.")
    for old, new in zip(before, now, strict=True):
        expect.holds(new, cast.owner.facts(old), f"{words} Refused, it changes nothing.")


def _fill_in(rows: tuple[Row, ...], cast: Any, guest: str, draw: Any) -> None:
    """Expect of each cell of the table the class it has, and of a refusal that nothing changed."""
    scene, before = None, []
    for row in rows:
        for column, cell in zip(COLUMNS, row.cells, strict=True):
            if scene is None:
                scene = _scene(cast, guest)
                before = _state(cast, scene)
            options = {"json": row.body(draw)} if row.body else {}
            answer = cast.everybody[column].send(row.verb, scene.path(row.path), **options)
            words = f"{row.verb} {row.path} by {column}."
            if cell == "y":
                expect.status(answer, CLASSES[cell], words)
                scene = scene if row.verb == "GET" else None
            else:
                expect.problem(answer, CLASSES[cell], words)
                if row.verb != "GET":
                    _unchanged(cast, scene, before, words)


# The table


@after("models.test_a_project_knows_its_people")
def test_adds_a_member(owner, outsider):
    """PUT by the owner makes a user a member, also a second time; an unknown user or project is 404."""
    project = owner.creates_project().identity()
    for turn in ("first", "second"):
        answer = owner.put(f"/projects/{project}/members/{outsider.id}")
        expect.status(answer, (204, 200, 201), f"The {turn} PUT of a member is 204.")
        members = owner.reads(f"/projects/{project}").identities("memberIds")
        words = "A project names its owner and its members, each once, in memberIds."
        expect.equal(sorted(members), sorted([owner.id, outsider.id]), words)


def test_public_routes_take_anybody(cast, draw):
    """Register and login are open to everybody, also to those who send a token."""
    for column, caller in cast.everybody.items():
        words = f"POST /auth/login by {column}."
        known = {"email": cast.owner.email, "password": cast.owner.password}
        expect.status(caller.post("/auth/login", known), 200, words)
    for column in ("anonymous", "member"):
        body = {"email": draw.email(), "name": draw.word(), "password": draw.password()}
        answer = cast.everybody[column].post("/auth/register", body)
        expect.status(answer, 201, f"POST /auth/register by {column}.")


@after("jwt.test_asks_for_a_token_on_every_route", "crud.test_changes_only_the_named_fields_of_a_user")
def test_everybody_has_themselves(cast, draw):
    """GET and PATCH /users/me are open to every user, and only to users."""
    for column, caller in cast.everybody.items():
        if column == "anonymous":
            expect.problem(caller.get("/users/me"), 401, "GET /users/me by anonymous.")
            expect.problem(caller.patch("/users/me", {"name": "x"}), 401, "PATCH /users/me by anonymous.")
            continue
        before = expect.ok(caller.get("/users/me"), 200, f"GET /users/me by {column}.")
        expect.holds(before, {"id": caller.id}, f"/users/me of {column} is theirs.")
        name = draw.word()
        changed = expect.ok(caller.patch("/users/me", {"name": name}), 200, f"PATCH /users/me by {column}.")
        expect.holds(changed, caller.facts(before, name=name), "The name changes, nothing else.")
        expect.ok(caller.patch("/users/me", {"name": before["name"]}), 200, "And back again.")


@after("test_adds_a_member", "jwt.test_asks_for_a_token_on_every_route")
def test_only_admins_have_the_users(cast, admin, draw):
    """The routes of other users are an admin's: every verb, every column of the table."""
    guest = admin.creates_user().identity()
    _fill_in(USER_ROWS, cast, guest, draw)
    loner = admin.creates_user().identity()
    for column in COLUMNS:
        answer = cast.everybody[column].delete(f"/users/{loner}")
        cell = {"anonymous": "1", "admin": "y"}.get(column, "4")
        expect.status(answer, CLASSES[cell], f"DELETE /users/:id by {column}.")
        if cell != "y":
            admin.reads(f"/users/{loner}")


@gate
@after("test_adds_a_member", "jwt.test_asks_for_a_token_on_every_route")
def test_projects_follow_the_table(cast, draw, guest):
    """Projects are seen by members, changed and deleted by owner and admin: every verb, every column."""
    _fill_in(PROJECT_ROWS, cast, guest.id, draw)


@after("test_adds_a_member", "jwt.test_asks_for_a_token_on_every_route")
def test_memberships_follow_the_table(cast, draw, guest):
    """Members are added and removed by owner and admin, and may leave: every verb, every column."""
    _fill_in(MEMBER_ROWS, cast, guest.id, draw)


@after("test_adds_a_member", "jwt.test_asks_for_a_token_on_every_route")
def test_tasks_follow_the_table(cast, draw, guest):
    """Tasks are made, seen and changed by members, deleted by owner and admin: every verb, every column."""
    _fill_in(TASK_ROWS, cast, guest.id, draw)


# Single objects


@after("test_adds_a_member")
def test_keeps_owners_of_other_projects_out(cast, guest, draw):
    """Whoever owns a project of their own is an outsider to a foreign one, with every verb."""
    own = guest.creates_project().identity()
    guest.creates_task(own)
    scene = _scene(cast, cast.outsider.id)
    before = _state(cast, scene)
    rows = [row for row in (*PROJECT_ROWS, *MEMBER_ROWS, *TASK_ROWS) if "{" in row.path]
    for row in rows:
        options = {"json": row.body(draw)} if row.body else {}
        answer = guest.send(row.verb, scene.path(row.path), **options)
        words = f"{row.verb} {row.path} of a foreign project by the owner of another."
        expect.problem(answer, HIDDEN, words)
        _unchanged(cast, scene, before, words)


@after("crud.test_lists_tasks")
def test_does_not_move_tasks(owner, guest):
    """A projectId in a task's body is ignored or 422: no task enters or leaves a project by it."""
    foreign = owner.creates_project()
    mine = guest.creates_project().identity()
    task = guest.creates_task(mine)
    answer = guest.patch(f"/tasks/{task.identity()}", {"projectId": foreign["id"]})
    expect.status(answer, (200, 400, 403, 404, 422), "PATCH of projectId is ignored or refused.")
    read = guest.reads(f"/tasks/{task.identity()}")
    expect.holds(read, guest.facts(task), "A task stays in its project.")
    answer = guest.post(f"/projects/{mine}/tasks", {"title": "smuggled", "projectId": foreign["id"]})
    expect.status(answer, (201, 400, 403, 404, 422), "projectId in a new task is ignored or refused.")
    rows = owner.lists(f"/projects/{foreign.identity()}/tasks")
    expect.equal(rows, [], "No task comes into a foreign project.")


@after("test_adds_a_member", "models.test_a_task_is_assigned_to_a_known_user", "crud.test_lists_tasks")
def test_takes_only_members_as_assignees(cast, outsider):
    """An assigneeId that is no member of the project is 422, in POST and in PATCH, and changes nothing."""
    task = cast.member.creates_task(cast.project, assigneeId=cast.member.key)
    path, tasks = f"/tasks/{task.identity()}", f"/projects/{cast.project}/tasks"
    for caller in (cast.member, cast.owner, cast.admin):
        answer = caller.patch(path, {"assigneeId": outsider.key})
        words = "An assigneeId that is no member is invalid."
        expect.problem(answer, (422, 400), words, path="assigneeId")
        expect.problem(caller.post(tasks, {"title": "x", "assigneeId": outsider.key}), (422, 400), words)
    expect.holds(cast.owner.reads(path), cast.owner.facts(task), "A refused PATCH changes nothing.")
    expect.equal(len(cast.owner.lists(tasks)), 1, "A refused POST stores nothing.")
    cast.owner.adds_member(cast.project, outsider)
    change = {"assigneeId": outsider.key}
    changed = expect.ok(cast.member.patch(path, change), 200, "Once they are a member, they may be assigned.")
    expect.holds(changed, change, "The task is assigned.")


@after("models.test_a_project_knows_its_people")
def test_keeps_the_owner_of_a_project(owner, guest):
    """An ownerId in a body is ignored or 422, and the owner cannot be removed from the members: 409."""
    answer = owner.post("/projects", {"name": "for a guest", "ownerId": guest.key})
    expect.status(answer, (201, 400, 422), "An ownerId in a new project is ignored or refused.")
    project = answer.object() if answer.status == 201 else owner.creates_project()
    expect.holds(project, {"ownerId": owner.id}, "Whoever creates a project owns it.")
    path = f"/projects/{project.identity()}"
    answer = owner.patch(path, {"ownerId": guest.key})
    expect.status(answer, (200, 400, 422), "PATCH of ownerId is ignored or refused.")
    answer = owner.delete(f"{path}/members/{owner.id}")
    expect.problem(answer, 409, "DELETE of the owner from the members is a conflict.")
    kept = {"ownerId": owner.id, "memberIds": [owner.id]}
    expect.holds(owner.reads(path), kept, "The owner stays owner and member.")


@after("test_adds_a_member", "crud.test_deletes_a_user")
def test_knows_only_members_and_users(owner, admin, guest):
    """An unknown user cannot be made a member, and who is no member cannot be removed: 404."""
    project = owner.creates_project().identity()
    unknown = admin.creates_user().identity()
    expect.status(admin.delete(f"/users/{unknown}"), 204, "An admin deletes a user.")
    path = f"/projects/{project}/members"
    expect.problem(owner.put(f"{path}/{unknown}"), 404, "PUT of a user who does not exist is 404.")
    expect.problem(owner.delete(f"{path}/{guest.id}"), 404, "DELETE of somebody who is no member is 404.")
    expect.status(owner.delete(f"/projects/{project}"), 204, "The owner deletes the project.")
    expect.problem(owner.put(f"{path}/{guest.id}"), 404, "PUT into a project that does not exist is 404.")


# Roles


def test_register_gives_no_role(anonymous, admin, draw):
    """A role in register is ignored or 422: nobody makes themselves an admin."""
    body = {"email": draw.email(), "name": draw.word(), "password": draw.password(), "role": "admin"}
    answer = anonymous.post("/auth/register", body)
    expect.status(answer, (201, 400, 422), "A role in register is ignored or refused.")
    if answer.status == 201:
        user = admin.reads(f"/users/{answer.object().identity()}")
        expect.holds(user, {"role": "user"}, "Who registers as an admin is a user.")
    made = [row for row in admin.lists("/users") if row["email"] == body["email"] and row["role"] != "user"]
    expect.equal(made, [], "Who registers as an admin is no admin.")


@after("crud.test_changes_only_the_named_fields_of_a_user")
def test_users_keep_their_own_role(people, admin):
    """A role in PATCH /users/me is ignored or 422: nobody makes themselves an admin."""
    user = people.new()
    answer = user.patch("/users/me", {"role": "admin", "name": user.name})
    expect.status(answer, (200, 400, 403, 422), "A role in PATCH /users/me is ignored or refused.")
    kept = {"role": "user"}
    expect.holds(admin.reads(f"/users/{user.id}"), kept, "A user who makes themselves an admin is none.")
    again = people.again(user)
    expect.problem(again.get("/users"), HIDDEN, "With a new token they are refused as well.")


def test_admins_change_roles(people, admin, service):
    """An admin makes a user an admin, who then acts as one within ROLE_TTL_S."""
    user = people.new()
    expect.problem(user.get("/users"), HIDDEN, "A user is refused what is an admin's.")
    path, role = f"/users/{user.id}", {"role": "admin"}
    expect.holds(
        expect.ok(admin.patch(path, role), 200, "An admin changes a role."), role, "The role changes."
    )
    expect.holds(admin.reads(path), role, "The new role is there to read.")
    within = float(service.setting("ROLE_TTL_S")) + 2
    seen = wait.for_value(lambda: user.get("/users"), lambda answer: answer.status == 200, within)
    expect.status(seen, 200, "Within ROLE_TTL_S a live token has the new role.")


@needs("instance")
def test_keeps_the_last_admin(service, people):
    """The last admin can be neither demoted nor deleted: 409."""
    other = service.another(fresh=True)
    admin = people.at(other).logs_in_first_admin(other)
    for user in admin.lists("/users"):
        if user["role"] == "admin" and user.identity() != admin.id:
            answer = admin.patch(f"/users/{user.identity()}", {"role": "user"})
            expect.status(answer, 200, "One of several admins is demoted.")
    for path in (f"/users/{admin.id}", "/users/me"):
        answer = admin.patch(path, {"role": "user"})
        allowed = 409 if path != "/users/me" else (200, 400, 403, 409, 422)
        expect.status(answer, allowed, f"The last admin is not demoted by PATCH {path}.")
    expect.problem(admin.delete(f"/users/{admin.id}"), 409, "The last admin is not deleted.")
    expect.holds(admin.reads(f"/users/{admin.id}"), {"role": "admin"}, "The last admin stays one.")
    other.stop()


def _role_is_old(service: Any) -> float:
    """Return the instant by which a changed role has to be in force."""
    return time.monotonic() + float(service.setting("ROLE_TTL_S")) + 0.1


@after("crud.test_changes_only_the_named_fields_of_a_user")
def test_demoted_admins_are_refused(people, admin, service, owner):
    """Within ROLE_TTL_S of losing the role, a live token no longer does what is an admin's."""
    user = people.new()
    project = owner.creates_project().identity()
    expect.ok(admin.patch(f"/users/{user.id}", {"role": "admin"}), 200, "An admin promotes a user.")
    was = people.again(user)
    expect.ok(was.get("/users"), 200, "Who logs in as an admin acts as one.")
    expect.ok(admin.patch(f"/users/{user.id}", {"role": "user"}), 200, "An admin demotes another.")
    wait.until(_role_is_old(service), "ROLE_TTL_S is how long the old role may still act")
    for verb, path in (("GET", "/users"), ("GET", f"/users/{owner.id}"), ("GET", f"/projects/{project}"),
                       ("DELETE", f"/projects/{project}"), ("DELETE", f"/users/{owner.id}")):  # fmt: skip
        expect.problem(was.send(verb, path), HIDDEN, f"{verb} {path} by a former admin with a live token.")
    owner.reads(f"/projects/{project}")
    expect.holds(was.reads("/users/me"), {"role": "user"}, "A former admin is still a user.")


@after("jwt.test_refuses_garbage_for_a_token", "crud.test_deletes_a_user")
def test_deleted_users_are_refused(people, admin, service):
    """Within ROLE_TTL_S of a user's end their live token is 401."""
    user = people.new()
    expect.status(admin.delete(f"/users/{user.id}"), 204, "An admin deletes a user.")
    wait.until(_role_is_old(service), "ROLE_TTL_S is how long a token may outlive its user")
    for verb, path in (("GET", "/users/me"), ("GET", "/projects"), ("GET", "/tasks")):
        expect.problem(user.send(verb, path), 401, f"{verb} {path} with the token of a deleted user.")
    answer = user.post("/projects", {"name": "of nobody"})
    expect.problem(answer, 401, "POST /projects with the token of a deleted user.")


# Memberships


def _sees(user: Any, project: str, task: str, *, wanted: bool) -> None:
    """Expect a user to see a project and its task in every way there is, or in none."""
    for path in (f"/projects/{project}", f"/projects/{project}/tasks", f"/tasks/{task}"):
        answer = user.get(path)
        if wanted:
            expect.ok(answer, 200, f"A member reads {path}.")
        else:
            expect.problem(answer, HIDDEN, f"Who is no member is refused {path}.")
    listed = task in {row.identity() for row in user.lists("/tasks")}
    expect.equal(listed, wanted, "GET /tasks lists the tasks of the projects one is a member of, no others.")
    listed = project in {row.identity() for row in user.lists("/projects")}
    expect.equal(listed, wanted, "GET /projects lists the projects one is a member of, no others.")


@after("test_adds_a_member")
def test_new_members_gain_access(owner, people):
    """A new member sees the project and its tasks at once, and may work on them."""
    newcomer = people.new()
    project = owner.creates_project().identity()
    task = owner.creates_task(project).identity()
    _sees(newcomer, project, task, wanted=False)
    owner.adds_member(project, newcomer)
    _sees(newcomer, project, task, wanted=True)
    expect.ok(newcomer.patch(f"/tasks/{task}", {"status": "done"}), 200, "A member changes a task.")


@after("test_adds_a_member", "models.test_a_removed_member_leaves_their_tasks_unassigned")
def test_removed_members_lose_access(owner, people):
    """A removed member is out at once; their tasks of that project are nobody's."""
    leaver = people.new()
    project = owner.creates_project().identity()
    owner.adds_member(project, leaver)
    task = owner.creates_task(project, assigneeId=leaver.key).identity()
    _sees(leaver, project, task, wanted=True)
    answer = owner.delete(f"/projects/{project}/members/{leaver.id}")
    expect.status(answer, (204, 200), "The owner removes a member.")
    _sees(leaver, project, task, wanted=False)
    answer = leaver.patch(f"/tasks/{task}", {"status": "done"})
    expect.problem(answer, HIDDEN, "A former member changes no task, not even one that was theirs.")
    kept = {"assigneeId": None, "status": "todo"}
    expect.holds(owner.reads(f"/tasks/{task}"), kept, "The task of a removed member is nobody's.")
    mine = leaver.lists("/tasks", assigneeId="me")
    expect.equal(mine, [], "A former member's own list no longer has it.")


@after("test_adds_a_member", "models.test_a_removed_member_leaves_their_tasks_unassigned")
def test_members_may_leave(owner, people):
    """A member may leave, is out at once, and their tasks of that project are nobody's."""
    leaver = people.new()
    project = owner.creates_project().identity()
    owner.adds_member(project, leaver)
    task = owner.creates_task(project, assigneeId=leaver.key).identity()
    answer = leaver.delete(f"/projects/{project}/members/{leaver.id}")
    expect.status(answer, (204, 200), "A member leaves.")
    _sees(leaver, project, task, wanted=False)
    kept = {"assigneeId": None}
    expect.holds(owner.reads(f"/tasks/{task}"), kept, "The task of a member who left is nobody's.")


# Lists


def _rows(answer: Any) -> set[str]:
    """Return the ids of a list; a refusal shows none."""
    if answer.status in (400, 403, 404, 422):
        return set()
    words = "A list is 200."
    return {row.identity() for row in expect.ok(answer, 200, words).objects("data")}


@gate
@after("test_adds_a_member")
def test_lists_show_what_is_ones_own(neighbours):
    """Among three users with random projects, each lists exactly what they may see."""
    for user in neighbours.users:
        projects = {row.identity() for row in user.lists("/projects")}
        expect.equal(sorted(projects), sorted(neighbours.projects_of(user)), "GET /projects is exact.")
        tasks = {row.identity() for row in user.lists("/tasks")}
        expect.equal(sorted(tasks), sorted(neighbours.tasks_of(user)), "GET /tasks is exact.")


def test_filters_show_no_foreign_rows(neighbours):
    """No filter, and no search, makes a foreign row visible, whoever's id the client gives."""
    word, users = neighbours.word, neighbours.users
    for user in users:
        visible = neighbours.tasks_of(user)
        queries = [{"status": "todo"}, {"priority": "medium"}, {"q": word}, {"assigneeId": "me"}]
        queries += [{name: other.id} for other in users for name in ("assigneeId", "ownerId", "userId")]
        queries += [{"projectId": project} for project in neighbours.members]
        queries += [{"q": word, "projectId": project, "status": "todo"} for project in neighbours.members]
        for query in queries:
            rows = _rows(user.get("/tasks", limit=100, **query))
            expect.equal(sorted(rows - visible), [], f"GET /tasks with {query} shows no foreign task.")
        for other in users:
            for name in ("ownerId", "userId", "memberId", "q"):
                rows = _rows(user.get("/projects", **{"limit": 100, name: other.id}))
                words = f"GET /projects with {name} of somebody else shows no foreign project."
                expect.equal(sorted(rows - neighbours.projects_of(user)), [], words)


def test_lists_of_foreign_projects_are_refused(neighbours):
    """GET /projects/:id/tasks of a foreign project is 403 or 404, with every filter."""
    for user in neighbours.users:
        for project in set(neighbours.members) - neighbours.projects_of(user):
            for query in ({}, {"q": neighbours.word}, {"assigneeId": "me"}, {"status": "todo"}):
                answer = user.get(f"/projects/{project}/tasks", **query)
                expect.problem(answer, HIDDEN, f"The list of a foreign project, with {query}, is refused.")


@after("crud.test_lists_tasks", "crud.test_searches_titles")
def test_admins_list_everything(neighbours, admin):
    """An admin lists projects and tasks that are not theirs."""
    for project in neighbours.members:
        rows = admin.lists(f"/projects/{project}/tasks")
        wanted = sorted(task for task, home in neighbours.homes.items() if home == project)
        expect.equal(sorted(row.identity() for row in rows), wanted, "An admin lists a foreign project.")
    found = {row.identity() for row in admin.lists("/tasks", q=neighbours.word)}
    expect.equal(sorted(found), sorted(neighbours.homes), "An admin's GET /tasks searches all tasks.")
    foreign = [row for row in admin.lists("/projects") if admin.id not in row.identities("memberIds")]
    expect.that(foreign, "An admin's GET /projects lists projects of others.", actual="only their own")
