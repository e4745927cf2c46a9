"""Line crud: users, projects and tasks are created, read, listed, changed and deleted."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin, urlsplit

from grader.kit import JsonObject, after, expect, gate, stretch

REFUSED = (422, 400)


def _created_at(actor: Any, answer: Any, kind: str) -> JsonObject:
    """Return the new object of a 201 answer, once its Location was seen to read the same."""
    created = expect.ok(answer, 201, f"POST of a valid body to {kind} creates one.")
    path = _path_of(answer.header("location") or "")
    words = "The Location of a 201 answer is the path of the new object."
    expect.that(path.endswith(f"{kind}/{created.identity()}"), words, expected=f"…{kind}/<id>", actual=path)
    read = expect.ok(actor.client.get(path), 200, "The Location of a 201 answer reads the new object.")
    expect.holds(read, actor.facts(created), "What is read at the Location is what the 201 answer showed.")
    return created


def _path_of(address: str, base: str = "") -> str:
    """Return path and query of an address, absolute or relative to `base`."""
    try:
        parts = urlsplit(urljoin(base, address))
    except ValueError:
        return f"(no address: {address!r})"
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _row(rows: list[JsonObject], id_: str) -> JsonObject | None:
    return next((row for row in rows if row.identity() == id_), None)


def _gone(actor: Any, path: str) -> None:
    """Expect DELETE to be 204, and everything after it 404."""
    answer = actor.delete(path)
    expect.status(answer, 204, f"DELETE {path} by somebody who may is 204.")
    expect.equal(answer.body, b"", "A 204 answer has no body.")
    expect.problem(actor.get(path), 404, f"{path} is 404 after it was deleted.")
    expect.problem(actor.patch(path, {}), 404, f"{path} is 404 for PATCH too after it was deleted.")
    expect.problem(actor.delete(path), 404, f"{path} is 404 for a second DELETE.")


# Life


def test_creates_a_user(admin, draw):
    """POST /users by an admin creates a user, and its Location reads it."""
    body = {"email": draw.email(), "name": draw.word(), "password": draw.password()}
    user = _created_at(admin, admin.post("/users", body), "/users")
    shown = {"email": body["email"], "name": body["name"], "role": "user"}
    expect.holds(user, shown, "A new user has the given e-mail and name, and the role user.")
    expect.that("password" not in user, "A user is shown without the password.", actual=user)
    user.instant("createdAt")


@gate
@after("models.test_dates_what_it_stores")
def test_creates_a_project(owner, draw):
    """POST /projects creates a project of the caller, and its Location reads it."""
    body = {"name": draw.words(2), "description": draw.words(5)}
    project = _created_at(owner, owner.post("/projects", body), "/projects")
    expect.holds(
        project,
        {**body, "ownerId": owner.id, "memberIds": [owner.id]},
        "A new project has what was given; whoever creates it is its owner and its first member.",
    )
    project.instant("createdAt")


@gate
@after("models.test_a_task_keeps_what_it_is_given", "models.test_dates_what_it_stores")
def test_creates_a_task(owner, draw):
    """POST /projects/:id/tasks creates a task with every given field, and its Location reads it."""
    project = owner.creates_project().identity()
    body = {
        "title": draw.words(3),
        "description": draw.words(6),
        "status": "in_progress",
        "priority": "high",
        "assigneeId": owner.key,
        "dueDate": draw.instant(),
    }
    task = _created_at(owner, owner.post(f"/projects/{project}/tasks", body), "/tasks")
    expect.holds(task, {**body, "projectId": project}, "A new task has every field that was given.")
    task.instant("createdAt")


def test_lists_users(admin, member):
    """GET /users shows an admin the users as they read one by one."""
    rows = admin.lists("/users")
    # Only 100 rows can be asked for: on a service with more users it need not be among them.
    row = _row(rows, member.id) or (rows[0] if len(rows) == 100 else None)
    expect.that(row, "GET /users lists every user.", expected=f"a row with id {member.id}", actual=rows[:3])
    expect.holds(admin.reads(f"/users/{row.identity()}"), admin.facts(row), "A user reads as it is listed.")
    shown = [name for each in rows for name in each if "password" in name.lower()]
    expect.equal(shown, [], "A list of users shows no passwords and no hashes.")


def test_lists_projects(people):
    """GET /projects lists the caller's projects as they read one by one."""
    user = people.new()
    made = {project.identity(): project for project in (user.creates_project() for _ in range(3))}
    rows = user.lists("/projects")
    expect.equal(
        sorted(row.identity() for row in rows), sorted(made), "GET /projects lists each project once."
    )
    for row in rows:
        expect.holds(row, user.facts(made[row.identity()]), "A project is listed as it was created.")


def test_lists_tasks(board):
    """GET /tasks lists the tasks of all the caller's projects, GET /projects/:id/tasks those of one."""
    rows = board.user.lists("/tasks")
    expect.equal({row.identity() for row in rows}, board.where(), "GET /tasks lists each task once.")
    made = {task.identity(): task for task in board.tasks}
    for row in rows:
        expect.holds(row, board.user.facts(made[row.identity()]), "A task is listed as it was created.")
    of_one = {row.identity() for row in board.user.lists(f"/projects/{board.project}/tasks")}
    expect.equal(of_one, board.where(projectId=board.project), "A project's list has its tasks only.")


def test_changes_only_the_named_fields_of_a_user(admin, anonymous, draw):
    """PATCH /users/:id changes the fields it names; the password and all others stay."""
    password = draw.password()
    before = admin.creates_user(password=password)
    path = f"/users/{before.identity()}"
    change = {"name": draw.word()}
    changed = expect.ok(admin.patch(path, change), 200, "PATCH of one field of a user is 200.")
    expect.holds(changed, admin.facts(before, **change), "Only the name changes.")
    change["email"] = draw.email()
    expect.ok(admin.patch(path, {"email": change["email"]}), 200, "PATCH of a user's e-mail is 200.")
    expect.holds(admin.reads(path), admin.facts(before, **change), "A user reads as changed.")
    answer = anonymous.post("/auth/login", {"email": change["email"], "password": password})
    expect.status(answer, 200, "After a PATCH without a password the old one still opens the account.")


def test_changes_the_password_of_a_user(admin, anonymous, draw):
    """PATCH of a password makes the new one open the account and the old one not."""
    old, new = draw.password(), draw.password()
    user = admin.creates_user(password=old)
    expect.ok(admin.patch(f"/users/{user.identity()}", {"password": new}), 200, "PATCH of a password is 200.")
    for password, wanted in ((new, 200), (old, 401)):
        answer = anonymous.post("/auth/login", {"email": user.text("email"), "password": password})
        words = f"After a change the {'new' if password is new else 'old'} password gives {wanted}."
        expect.status(answer, wanted, words)


def test_changes_only_the_named_fields_of_a_project(owner, draw):
    """PATCH /projects/:id changes the fields it names; all others stay, createdAt too."""
    before = owner.creates_project()
    path = f"/projects/{before.identity()}"
    for change in ({"name": draw.words(2)}, {"description": draw.words(5)}, {}):
        wanted = owner.facts(before, **change)
        changed = expect.ok(owner.patch(path, change), 200, f"PATCH of {list(change) or 'nothing'} is 200.")
        words = f"PATCH of {list(change) or 'nothing'} changes no other field"
        expect.holds(changed, wanted, f"{words}.")
        before = owner.reads(path)
        expect.holds(before, wanted, f"{words}, read again.")


def test_changes_only_the_named_fields_of_a_task(owner, draw):
    """PATCH /tasks/:id changes the field it names; all others stay, createdAt too."""
    project = owner.creates_project().identity()
    before = owner.creates_task(project, description=draw.words(), dueDate=draw.instant(), priority="high")
    path = f"/tasks/{before.identity()}"
    values = {"title": draw.words(), "status": "done", "assigneeId": owner.key, "dueDate": None}
    for name, value in values.items():
        wanted = owner.facts(before, **{name: value})
        changed = expect.ok(owner.patch(path, {name: value}), 200, f"PATCH of a task's {name} is 200.")
        expect.holds(changed, wanted, f"PATCH of {name} changes no other field.")
        before = owner.reads(path)
        expect.holds(before, wanted, f"After PATCH of {name} the task reads so.")


def test_deletes_a_user(admin):
    """DELETE /users/:id is 204; then the user is 404 and in no list."""
    user = admin.creates_user().identity()
    _gone(admin, f"/users/{user}")
    expect.equal(_row(admin.lists("/users"), user), None, "A deleted user is in no list.")


def test_deletes_a_project(people):
    """DELETE /projects/:id is 204; then the project is 404 and in no list."""
    user = people.new()
    kept, project = (user.creates_project().identity() for _ in range(2))
    _gone(user, f"/projects/{project}")
    left = [row.identity() for row in user.lists("/projects")]
    expect.equal(left, [kept], "Only the deleted project leaves the list.")


def test_deletes_a_task(owner):
    """DELETE /tasks/:id is 204; then the task is 404 and in no list."""
    project = owner.creates_project().identity()
    kept, task = (owner.creates_task(project).identity() for _ in range(2))
    _gone(owner, f"/tasks/{task}")
    left = [row.identity() for row in owner.lists(f"/projects/{project}/tasks")]
    expect.equal(left, [kept], "Only the deleted task leaves its project's list.")
    left = [row.identity() for row in owner.lists("/tasks", projectId=project)]
    expect.equal(left, [kept], "Only the deleted task leaves GET /tasks.")


# What is refused

MISSING = object()

BAD_NAMES = ("", "n" * 101, 7, None, ["name"], {"name": "x"}, "nul\0")
BAD_EMAILS = ("", "nobody", "@example.test", "a b@example.test", "e" * 250 + "@example.test", 5, None, [])
BAD_DATES = ("", "tomorrow", "2030-13-01T00:00:00Z", "2030-06-01", "2030-06-01T12:00:00", 20300101, True)
BAD_USERS = [
    *(("name", value) for value in BAD_NAMES),
    *(("email", value) for value in BAD_EMAILS),
    *(("password", value) for value in ("", "seven77", "p" * 129, 12345678, None)),
    *(("role", value) for value in ("root", "", 1, None)),
]
BAD_PROJECTS = [
    *(("name", value) for value in BAD_NAMES),
    *(("description", value) for value in ("d" * 2001, 7, True, None, ["text"], {"text": "x"}, "nul\0")),
]
BAD_TASKS = [
    *(("title", value) for value in ("", "t" * 201, 7, True, None, ["title"], "nul\0")),
    *(("description", value) for value in ("d" * 5001, 7, None)),
    *(("status", value) for value in ("finished", "TODO", "", 1, None)),
    *(("priority", value) for value in ("urgent", "", 2, None)),
    *(("dueDate", value) for value in BAD_DATES),
    *(("assigneeId", value) for value in (True, {}, [])),
]


def _refuses(send: Any, valid: dict[str, Any], rows: list[tuple[str, Any]]) -> None:
    """Expect each row's value to be refused in an otherwise valid body, with the field's path."""
    for name, value in rows:
        body = {key: kept for key, kept in valid.items() if key != name}
        shown = "no value" if value is MISSING else repr(value)[:40]
        if value is not MISSING:
            body[name] = value
        expect.problem(send(body), REFUSED, f"{name} with {shown} is invalid.", path=name)


def _refuses_what_is_no_object(send: Any) -> None:
    for body in ([], "text", 7, None):
        expect.problem(send(body), REFUSED, f"A JSON body that is {body!r} is invalid.")


def test_refuses_invalid_users(admin, draw):
    """A user with a missing or invalid field is 422 with the field's path, and nothing is stored."""
    valid = {"email": draw.email(), "name": draw.word(), "password": draw.password()}
    missing = [(name, MISSING) for name in valid]
    before = {row.identity() for row in admin.lists("/users")}
    _refuses(lambda body: admin.send("POST", "/users", json=body), valid, missing + BAD_USERS)
    _refuses_what_is_no_object(lambda body: admin.send("POST", "/users", json=body))
    now = {row.identity() for row in admin.lists("/users")}
    expect.equal(sorted(now - before), [], "A refused POST stores no user.")


@after("models.test_texts_of_a_project_have_limits")
def test_refuses_invalid_projects(people, draw):
    """A project with a missing or invalid field is 422 with the field's path, and nothing is stored."""
    user = people.new()
    valid = {"name": draw.word(), "description": draw.words()}
    rows = [("name", MISSING), *BAD_PROJECTS]
    _refuses(lambda body: user.send("POST", "/projects", json=body), valid, rows)
    _refuses_what_is_no_object(lambda body: user.send("POST", "/projects", json=body))
    expect.equal(user.lists("/projects"), [], "A refused POST stores no project.")


@after(
    "models.test_a_title_has_1_to_200_characters",
    "models.test_a_description_of_a_task_has_a_limit",
    "models.test_a_task_has_one_of_three_statuses",
    "models.test_a_task_has_one_of_three_priorities",
    "models.test_a_due_date_is_a_moment",
)
def test_refuses_invalid_tasks(owner, draw):
    """A task with a missing or invalid field is 422 with the field's path, and nothing is stored."""
    path = f"/projects/{owner.creates_project().identity()}/tasks"
    valid = {"title": draw.words()}
    rows = [("title", MISSING), *BAD_TASKS]
    _refuses(lambda body: owner.send("POST", path, json=body), valid, rows)
    _refuses_what_is_no_object(lambda body: owner.send("POST", path, json=body))
    expect.equal(owner.lists(path), [], "A refused POST stores no task.")


@after("models.test_an_email_belongs_to_one_user")
def test_refuses_an_email_that_is_taken(admin, people, draw):
    """An e-mail address of somebody else is 409 in POST /users and in PATCH, and nothing changes."""
    user, other = people.new(), people.new()
    for email in (other.email, other.email.upper()):
        body = {"email": email, "name": draw.word(), "password": draw.password()}
        expect.problem(admin.post("/users", body), 409, "POST /users with an e-mail that is taken.")
        for caller, path in ((user, "/users/me"), (admin, f"/users/{user.id}")):
            answer = caller.patch(path, {"email": email, "name": draw.word()})
            expect.problem(answer, 409, f"PATCH {path} with the e-mail of another user.")
    kept = user.reads("/users/me")
    expect.equal(kept.text("email").lower(), user.email.lower(), "A PATCH that was 409 keeps the e-mail.")
    expect.holds(kept, {"name": user.name}, "A PATCH that was 409 changes no other field.")


def test_refuses_invalid_changes_of_a_user(admin, draw):
    """PATCH of a user with one invalid field is 422 with its path, and no field changes."""
    before = admin.creates_user()
    path = f"/users/{before.identity()}"
    for row in BAD_USERS:
        valid = {"email": draw.email()} if row[0] == "name" else {"name": draw.word()}
        _refuses(lambda body: admin.send("PATCH", path, json=body), valid, [row])
    expect.holds(admin.reads(path), admin.facts(before), "A refused PATCH changes nothing.")


@after("models.test_texts_of_a_project_have_limits")
def test_refuses_invalid_changes_of_a_project(owner, draw):
    """PATCH of a project with one invalid field is 422 with its path, and no field changes."""
    before = owner.creates_project()
    path = f"/projects/{before.identity()}"
    for row in BAD_PROJECTS:
        valid = {"name": draw.word(), "description": draw.words()}
        _refuses(lambda body: owner.send("PATCH", path, json=body), valid, [row])
    expect.holds(owner.reads(path), owner.facts(before), "A refused PATCH changes nothing.")


@after(
    "models.test_a_title_has_1_to_200_characters",
    "models.test_a_description_of_a_task_has_a_limit",
    "models.test_a_task_has_one_of_three_statuses",
    "models.test_a_task_has_one_of_three_priorities",
    "models.test_a_due_date_is_a_moment",
)
def test_refuses_invalid_changes_of_a_task(owner, draw):
    """PATCH of a task with one invalid field is 422 with its path, and no field changes."""
    project = owner.creates_project().identity()
    before = owner.creates_task(project, dueDate=draw.instant(), assigneeId=owner.key)
    path = f"/tasks/{before.identity()}"
    for row in BAD_TASKS:
        valid = {"title": draw.word(), "description": draw.words(), "status": "done"}
        _refuses(lambda body: owner.send("PATCH", path, json=body), valid, [row])
    expect.holds(owner.reads(path), owner.facts(before), "A refused PATCH changes nothing.")


@after(
    "models.test_a_title_has_1_to_200_characters",
    "models.test_a_description_of_a_task_has_a_limit",
    "models.test_texts_of_a_project_have_limits",
)
def test_accepts_values_at_the_limits(admin, owner, draw):
    """The longest and shortest texts that the brief allows are accepted and kept whole."""
    project = owner.creates_project(name="ü" * 100, description="d" * 2000)
    expect.holds(project, {"name": "ü" * 100, "description": "d" * 2000}, "A project keeps long texts.")
    long, short = {"title": "ü" * 200, "description": "d" * 5000}, {"title": "t", "description": ""}
    for texts in (long, short):
        task = owner.creates_task(project.identity(), **texts)
        expect.holds(task, texts, "A task keeps texts of every allowed length.")
    for length in (8, 128):
        user = admin.creates_user(password="p" * length, name=draw.token(100))
        expect.that(user, f"A password of {length} characters is accepted.")


def test_ignores_unknown_fields(owner, draw):
    """Fields that nobody knows are ignored in a body, and so are names in a query."""
    project = owner.creates_project(**{"colour": "red", draw.word(): 7}).identity()
    task = owner.creates_task(project, colour="red")
    path = f"/tasks/{task.identity()}"
    changed = expect.ok(owner.patch(path, {"colour": "blue"}), 200, "A PATCH may have unknown fields.")
    expect.holds(changed, owner.facts(task), "An unknown field changes nothing.")
    rows = owner.lists(f"/projects/{project}/tasks", colour="red")
    expect.equal(len(rows), 1, "An unknown name in the query filters nothing.")


@after("models.test_a_task_belongs_to_a_known_project")
def test_answers_404_for_unknown_ids(admin, owner):
    """An id that belongs to nothing is 404 for every verb."""
    project = owner.creates_project().identity()
    task, user = owner.creates_task(project).identity(), admin.creates_user().identity()
    paths = {f"/tasks/{task}": owner, f"/projects/{project}": owner, f"/users/{user}": admin}
    for path, caller in paths.items():
        expect.status(caller.delete(path), 204, f"Somebody who may deletes {path}.")
    rows = [(caller, verb, path) for path, caller in paths.items() for verb in ("GET", "PATCH", "DELETE")]
    rows += [(owner, verb, f"/projects/{project}/tasks") for verb in ("GET", "POST")]
    for caller, verb, path in rows:
        body = {"json": {"title": "of nothing"}} if verb in ("PATCH", "POST") else {}
        expect.problem(
            caller.send(verb, path, **body), 404, f"{verb} {path}, which belongs to nothing, is 404."
        )


def test_survives_odd_ids(admin):
    """A malformed id is 400, 404 or 422, whatever it looks like: never a 500."""
    odd = (
        "abc",
        "0",
        "-1",
        "1.5",
        "9" * 40,
        "null",
        "%00",
        "%FF",
        "%27%20OR%201=1",
        "x" * 300,
        "%F0%9F%92%A9",
    )
    for kind in ("/users", "/projects", "/tasks"):
        for each in odd:
            words = f"GET {kind}/{each} belongs to nothing."
            expect.problem(admin.get(f"{kind}/{each}"), {400, 404, 422}, words)
    for each in odd:
        answer = admin.patch(f"/tasks/{each}", {"title": "of nothing"})
        expect.problem(answer, {400, 404, 422}, f"PATCH /tasks/{each} belongs to nothing.")
        answer = admin.get(f"/projects/{each}/tasks")
        expect.problem(answer, {400, 404, 422}, f"GET /projects/{each}/tasks belongs to nothing.")


def test_answers_405_for_verbs_a_path_does_not_have(admin, owner):
    """A verb that a path does not have is 405, with the verbs it has in Allow."""
    project = owner.creates_project().identity()
    task = owner.creates_task(project).identity()
    for verb, path in (
        *(("DELETE", path) for path in ("/users", "/projects", "/tasks", f"/projects/{project}/tasks")),
        *(("PATCH", path) for path in ("/users", "/projects", "/tasks", f"/projects/{project}/tasks")),
        *(("POST", path) for path in (f"/users/{admin.id}", f"/projects/{project}", f"/tasks/{task}")),
    ):
        answer = admin.send(verb, path, **({} if verb == "DELETE" else {"json": {}}))
        expect.problem(answer, 405, f"{verb} {path} is no route.")
        allowed = re.split(r"\s*,\s*", (answer.header("allow") or "").strip().upper())
        words = f"The 405 of {verb} {path} names what the path has."
        expect.that("GET" in allowed and verb not in allowed, words, expected="Allow: GET, …", actual=allowed)


def test_refuses_bodies_that_are_no_json(admin, owner):
    """A malformed JSON body is 400, and a body of another type is 415; nothing is stored."""
    project = owner.creates_project().identity()
    before = owner.creates_task(project)
    tasks, task = f"/projects/{project}/tasks", f"/tasks/{before.identity()}"
    rows = (
        (admin, "POST", "/users"),
        (owner, "POST", "/projects"),
        (owner, "POST", tasks),
        (owner, "PATCH", task),
    )
    for caller, verb, path in rows:
        for body in (b'{"title": "half', b'{"title": "x",}', b"title=x"):
            answer = caller.send(verb, path, body=body, headers={"Content-Type": "application/json"})
            expect.problem(answer, 400, f"{verb} {path} with the malformed JSON {body!r} is 400.")
        for kind in ("text/plain", "application/x-www-form-urlencoded"):
            answer = caller.send(verb, path, body=b'{"title": "x"}', headers={"Content-Type": kind})
            expect.problem(answer, 415, f"{verb} {path} with a body of type {kind} is 415.")
    rows = owner.lists(tasks)
    expect.equal(len(rows), 1, "What is refused stores nothing.")
    expect.holds(rows[0], owner.facts(before), "What is refused changes nothing.")


def test_refuses_bodies_above_the_limit(owner):
    """A body above BODY_LIMIT, 100kb by default, is 413."""
    answer = owner.post("/projects", {"name": "big", "padding": "x" * 130_000})
    expect.problem(answer, 413, "A body of 130 kB is above the default BODY_LIMIT of 100kb.")


def test_answers_404_for_paths_that_are_no_route(owner):
    """A path that is no route is 404, as a problem."""
    for path in ("/nothing", "/projects/nothing/here/at/all"):
        expect.problem(owner.get(path), {404}, f"{path} is no route.")


# Lists


def _filters(board: Any, query: dict[str, str], wanted: set[str]) -> None:
    """Expect both task lists to show the tasks of `wanted`, each narrowed to the first project."""
    rows = {row.identity() for row in board.user.lists("/tasks", **query)}
    expect.equal(sorted(rows), sorted(wanted), f"GET /tasks with {query} lists the tasks that match.")
    in_project = wanted & board.where(projectId=board.project)
    rows = {row.identity() for row in board.user.lists(f"/projects/{board.project}/tasks", **query)}
    expect.equal(
        sorted(rows), sorted(in_project), f"GET /projects/:id/tasks with {query} lists those of them."
    )


@after("test_lists_tasks")
def test_filters_by_status(board):
    """?status= lists the tasks with that status."""
    for status in ("todo", "in_progress", "done"):
        _filters(board, {"status": status}, board.where(status=status))


@after("test_lists_tasks")
def test_filters_by_priority(board):
    """?priority= lists the tasks with that priority."""
    for priority in ("low", "medium", "high"):
        _filters(board, {"priority": priority}, board.where(priority=priority))


@after("test_lists_tasks")
def test_filters_by_assignee(board, people):
    """?assigneeId= lists the tasks of that user, and `me` the caller's own."""
    mine = board.where(assigneeId=board.user.id)
    _filters(board, {"assigneeId": board.user.id}, mine)
    _filters(board, {"assigneeId": "me"}, mine)
    _filters(board, {"assigneeId": people.new().id}, set())


@after("test_lists_tasks")
def test_filters_by_project(board):
    """GET /tasks?projectId= lists the tasks of that project."""
    for project in (board.project, board.other):
        rows = {row.identity() for row in board.user.lists("/tasks", projectId=project)}
        expect.equal(
            sorted(rows), sorted(board.where(projectId=project)), "The tasks of one project are listed."
        )


@after("test_lists_tasks")
def test_searches_titles(board):
    """?q= lists the tasks with that text anywhere in the title, ignoring case."""
    for task in (board.tasks[3], board.tasks[8]):
        middle = task.text("title").split()[1][1:-1]
        for text in (middle, middle.upper(), task.text("title")[2:12].strip().swapcase()):
            found = {one.identity() for one in board.tasks if text.lower() in one.text("title").lower()}
            _filters(board, {"q": text}, found)
    _filters(board, {"q": "no title has this"}, set())


@stretch
@after("test_searches_titles")
def test_takes_percent_and_underscore_literally(people, draw):
    """In ?q=, `%` and `_` stand for themselves."""
    user = people.new()
    project = user.creates_project().identity()
    word = draw.word()
    titles = {title: user.creates_task(project, title=title).identity() for title in
              (f"{word} 100% done", f"{word} 100 done", f"{word}_a", f"{word}-a")}  # fmt: skip
    for text in ("0% d", f"{word}_", "%", "_"):
        wanted = [id_ for title, id_ in titles.items() if text in title]
        rows = [row.identity() for row in user.lists("/tasks", q=text)]
        expect.equal(sorted(rows), sorted(wanted), f"q={text} finds the titles that hold these characters.")


@after("test_lists_tasks")
def test_combines_filters(board):
    """Several filters list the tasks that match all of them."""
    both = {"status": "todo", "priority": "high"}
    _filters(board, both, board.where(**both))
    three = {"status": "done", "assigneeId": "me", "projectId": board.project}
    rows = {row.identity() for row in board.user.lists("/tasks", **three)}
    wanted = board.where(status="done", assigneeId=board.user.id, projectId=board.project)
    expect.equal(sorted(rows), sorted(wanted), f"GET /tasks with {three} lists the tasks that match all.")


@after("models.test_a_task_has_one_of_three_statuses", "models.test_a_task_has_one_of_three_priorities")
def test_refuses_unknown_filter_values(board):
    """A status or priority that does not exist is 422 in a query, with the parameter's name as path."""
    for query in ({"status": "finished"}, {"priority": "urgent"}, {"status": "Done"}):
        words = f"GET /tasks with {query} is refused, not answered with a list."
        expect.problem(board.user.get("/tasks", **query), REFUSED, words, path=next(iter(query)))


@after("test_lists_tasks")
def test_lists_at_most_limit_rows(long_list):
    """?limit= gives exactly so many of 120 tasks, 20 when it is left out, and never more than 100."""
    user, project = long_list
    path = f"/projects/{project}/tasks"
    for query, wanted in (({"limit": 1}, 1), ({"limit": 7}, 7), ({"limit": 100}, 100), ({}, 20)):
        body = expect.ok(user.get(path, **query), 200, f"A list with {query or 'no limit'} is 200.")
        ids = {row.identity() for row in body.objects("data")}
        expect.equal(len(ids), wanted, f"A list of 120 tasks with {query or 'no limit'} has so many rows.")
        expect.equal(len(body.objects("data")), wanted, "Each row is there once.")
        expect.equal(body.object("page").integer("limit"), wanted, "`page.limit` is the limit that was used.")
    over = user.get(path, limit=101)
    if over.status == 200:
        expect.that(len(over.object().objects("data")) <= 100, "No list has more than 100 rows.")
    else:
        expect.problem(over, REFUSED, "A limit above 100 is refused, or gives at most 100 rows.")


def test_refuses_bad_limits(board):
    """A limit that is no whole number from 1 up is 422."""
    for limit in ("0", "-1", "ten", "1.5"):
        for path in ("/tasks", "/projects", f"/projects/{board.project}/tasks"):
            expect.problem(board.user.get(path, limit=limit), REFUSED, f"{path}?limit={limit} is refused.")


@after(
    "models.test_a_task_keeps_what_it_is_given",
    "models.test_a_task_has_defaults",
    "models.test_a_project_takes_its_tasks_with_it",
)
def test_agrees_with_a_model(mirror):
    """A run of 300 random operations gives the answers of a model at every step."""
    for _ in range(300):
        mirror.step()
    mirror.lists_projects()


# Stars, on pages and sorts


def _walk(user: Any, path: str, between: Any = lambda _page: None, **query: Any) -> list[JsonObject]:
    """Return the rows of all pages, following `page.nextCursor`; `between` gets each page's rows."""
    rows: list[JsonObject] = []
    for _ in range(60):
        body = expect.ok(user.get(path, **query), 200, "A page of a list is 200.")
        rows += body.objects("data")
        cursor = body.object("page")["nextCursor"]
        if cursor is None:
            return rows
        query["cursor"] = body.object("page").text("nextCursor")
        between(body.objects("data"))
    expect.equal(len(rows), 120, "A walk over 120 tasks comes to an end: nextCursor becomes null.")
    return rows


def _each_once(rows: list[JsonObject], wanted: list[str], words: str) -> None:
    met = [row.identity() for row in rows]
    twice = sorted({one for one in met if met.count(one) > 1})
    expect.equal(twice, [], f"{words} no task is met twice.")
    expect.equal(sorted(set(wanted) - set(met)), [], f"{words} no task is missed.")


@stretch
@after("test_lists_tasks")
def test_walks_pages_by_cursor(long_list):
    """Following nextCursor meets each of 120 tasks once, in pages of the asked size."""
    user, project = long_list
    pages: list[int] = []
    path = f"/projects/{project}/tasks"
    rows = _walk(user, path, lambda page: pages.append(len(page)), limit=7)
    expect.equal(len(rows), 120, "A walk meets all 120 tasks.")
    _each_once(rows, [row.identity() for row in rows], "In a walk")
    expect.equal(set(pages), {7}, "Every page before the last is full.")


@stretch
@after("test_walks_pages_by_cursor")
def test_walks_exactly_while_tasks_come_and_go(people):
    """A walk meets each task exactly once while others are inserted and tasks already met are deleted."""
    user = people.new()
    path = f"/projects/{(project := user.creates_project().identity())}/tasks"
    wanted = [user.creates_task(project).identity() for _ in range(40)]
    for sort in ("createdAt", "-createdAt"):

        def disturb(_page: list[JsonObject]) -> None:
            user.creates_task(project)

        rows = _walk(user, path, disturb, limit=6, sort=sort)
        _each_once(rows, wanted, f"With sort={sort}, while tasks are inserted,")
    met: list[str] = []

    def remove_met(page: list[JsonObject]) -> None:
        met.append(page[0].identity())
        expect.status(user.delete(f"/tasks/{met[-1]}"), 204, "The owner deletes a task.")

    rows = _walk(user, path, remove_met, limit=6, sort="createdAt")
    _each_once(rows, wanted, "While tasks that were met are deleted,")


@stretch
@after("test_walks_pages_by_cursor")
def test_links_the_next_page(long_list):
    """While there is a next page, its address is in Link with rel=next, filters and limit included."""
    user, project = long_list
    path, seen = f"/projects/{project}/tasks?limit=25&priority=high", []
    wanted = {row.identity() for row in user.lists(f"/projects/{project}/tasks", priority="high")}
    link = f"/api/v1{path}"
    for _ in range(10):
        answer = user.client.get(link)
        seen += [row.identity() for row in expect.ok(answer, 200, "The next page is 200.").objects("data")]
        found = re.search(r'<([^>]*)>[^,]*;\s*rel="?next"?', answer.header("link") or "")
        cursor = answer.object().object("page")["nextCursor"]
        words = "Link has rel=next exactly while nextCursor is not null."
        expect.equal(found is not None, cursor is not None, words)
        if not found:
            break
        link = _path_of(found[1], link)
    expect.equal(sorted(seen), sorted(wanted), "Following Link from page to page meets each task once.")


def _in_order(user: Any, path: str, sort: str, key: Any) -> None:
    """Expect a sort and its reverse to put all rows in the order of `key`, over several pages."""
    for name, turned in ((sort, False), (f"-{sort}", True)):
        rows = _walk(user, path, limit=50, sort=name)
        keys = [key(row) for row in rows if key(row) is not None]
        expect.equal(keys, sorted(keys, reverse=turned), f"sort={name} puts rows in that order.")
        absent = [key(row) is None for row in rows]
        expect.equal(absent, sorted(absent), f"sort={name} puts rows without a value last.")
        _each_once(rows, [row.identity() for row in user.lists(path)], f"With sort={name}")


def _created(row: JsonObject) -> Any:
    return row.instant("createdAt")


@stretch
@after("test_walks_pages_by_cursor")
def test_sorts_by_creation(long_list, board, admin):
    """`sort=createdAt` lists the oldest first and is the default, -createdAt the newest."""
    user, project = long_list
    path = f"/projects/{project}/tasks"
    _in_order(user, path, "createdAt", _created)
    by_default = [row.identity() for row in _walk(user, path, limit=50)]
    named = [row.identity() for row in _walk(user, path, limit=50, sort="createdAt")]
    expect.equal(by_default, named, "Without sort a list is in the order of createdAt.")
    _in_order(board.user, "/projects", "createdAt", _created)
    _in_order(admin, "/users", "createdAt", _created)


def _due(row: JsonObject) -> Any:
    return None if row["dueDate"] is None else row.instant("dueDate")


@stretch
@after("test_walks_pages_by_cursor")
def test_sorts_by_due_date(long_list):
    """`sort=dueDate` and -dueDate order by it, tasks without one last both ways."""
    user, project = long_list
    _in_order(user, f"/projects/{project}/tasks", "dueDate", _due)


@stretch
@after("test_walks_pages_by_cursor")
def test_sorts_by_priority(long_list):
    """`sort=priority` lists low before medium before high, -priority the other way round."""
    user, project = long_list
    ranks = {"low": 0, "medium": 1, "high": 2}
    _in_order(user, f"/projects/{project}/tasks", "priority", lambda row: ranks.get(row.text("priority"), 3))


@stretch
def test_refuses_unknown_sorts_and_cursors(long_list):
    """A sort that does not exist is 422, and a cursor that is none is 400 or 422."""
    user, project = long_list
    path = f"/projects/{project}/tasks"
    for sort in ("colour", "--createdAt", "password_hash", "title;drop table tasks"):
        expect.problem(user.get(path, sort=sort), REFUSED, f"sort={sort} is refused.", path="sort")
    for cursor in ("nonsense", "e30=", "bnVsbA", "%00", "x" * 500):
        expect.problem(user.get(path, cursor=cursor), REFUSED, f"cursor={cursor[:20]} is refused.")


# Stars, on versions


def _version(answer: Any, wanted: int, words: str) -> None:
    found = expect.ok(answer, {200, 201}, words).integer("version")
    expect.equal(found, wanted, words)
    tag = (answer.header("etag") or "").removeprefix("W/")
    expect.equal(tag, f'"{wanted}"', "A single object carries its version as ETag.")


@stretch
def test_counts_versions(owner, draw):
    """The version starts at 1 and rises by 1 with each effective change, and is the ETag."""
    answer = owner.post("/projects", {"name": draw.word()})
    _version(answer, 1, "A new project has version 1.")
    project = answer.object().identity()
    created = owner.post(f"/projects/{project}/tasks", {"title": draw.word()})
    _version(created, 1, "A new task has version 1.")
    task = created.object().identity()
    for path, name in ((f"/projects/{project}", "name"), (f"/tasks/{task}", "title")):
        for number in (2, 3):
            answer = owner.patch(path, {name: draw.word()})
            _version(answer, number, f"An effective PATCH of {path} makes version {number}.")
            _version(owner.get(path), number, f"{path} reads with version {number}.")
        expect.problem(owner.patch(path, {name: ""}), REFUSED, "An empty text is refused.")
        _version(owner.get(path), 3, "A refused PATCH keeps the version.")


@stretch
@after("test_counts_versions")
def test_refuses_stale_changes(owner, draw):
    """PATCH with a stale If-Match is 412 and changes nothing; with the current one or none it is taken."""
    project = owner.creates_project()
    task = owner.creates_task(project.identity())
    for path, name in ((f"/projects/{project.identity()}", "name"), (f"/tasks/{task.identity()}", "title")):
        first = {"If-Match": f'"{owner.reads(path).integer("version")}"'}
        answer = owner.patch(path, {name: draw.word()}, headers=first)
        current = expect.ok(answer, 200, "A PATCH with the current version is accepted.")
        answer = owner.patch(path, {name: draw.word()}, headers=first)
        expect.problem(answer, 412, "A PATCH with a version that is past is refused.")
        expect.holds(owner.reads(path), owner.facts(current), "A PATCH that was 412 changes nothing.")
        expect.ok(owner.patch(path, {name: draw.word()}), 200, "A PATCH without If-Match is accepted.")


@stretch
@after("test_refuses_stale_changes")
def test_lets_one_of_two_changes_of_a_version_through(owner, draw, hold):
    """Of PATCHes at once with the same If-Match, one is taken and the others are 412."""
    path = f"/tasks/{owner.creates_task(owner.creates_project().identity()).identity()}"
    for _ in range(2):
        tag = {"If-Match": f'"{owner.reads(path).integer("version")}"'}
        titles = [draw.word() for _ in range(4)]
        answers = hold.at_once(
            [lambda title=title: owner.patch(path, {"title": title}, headers=tag) for title in titles]  # noqa: B023
        )
        statuses = sorted(answer.status for answer in answers)
        expect.equal(statuses, [200, 412, 412, 412], "One of four changes of the same version is taken.")


@stretch
def test_keeps_changes_made_at_once(owner, draw, hold):
    """Of six PATCHes at once, each of another field of one task, none is lost."""
    path = f"/tasks/{owner.creates_task(owner.creates_project().identity()).identity()}"
    for turn in range(2):
        change = {
            "title": draw.words(),
            "description": draw.words(),
            "status": ("done", "in_progress")[turn],
            "priority": ("low", "high")[turn],
            "assigneeId": (owner.key, None)[turn],
            "dueDate": draw.instant(),
        }
        answers = hold.at_once(
            [lambda name=name: owner.patch(path, {name: change[name]}) for name in change]  # noqa: B023
        )
        for answer in answers:
            expect.ok(answer, 200, "A PATCH of one field is 200, also beside others.")
        expect.holds(owner.reads(path), change, f"After six PATCHes at once (round {turn + 1}) all six hold.")
