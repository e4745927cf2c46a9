"""That PM2 keeps API and worker running, and that what they log can be read by machines."""

from __future__ import annotations

import json
import time
from urllib.parse import urlsplit

from grader.kit import after, alone, expect, needs, stretch, together

SLOW_S = 3.0
FULL_CAP = 4 << 30
WATCHED_S = 60.0
MOST_RESTARTS = 20


@needs("instance", "run_command")
def test_runs_under_pm2(managed):
    """`pm2 start ecosystem.config.cjs` brings up `api` and `worker`, and the API answers on PORT."""
    managed.start()

    found = [one for one in managed.pm2.processes() if one.name in {"api", "worker"}]
    expect.that(all(one.pid > 1 for one in found), "Both have a process of their own.", actual=found)
    paths = {path for one in found for path in (one.out, one.error)}
    outside = sorted(path for path in paths if not managed.pm2.in_log_dir(path))
    expect.equal(outside, [], "Log files of the apps, as `pm2 jlist` names them, that are not in LOG_DIR.")


@after("test_runs_under_pm2")
@needs("instance", "run_command")
def test_restarts_what_was_killed(running):
    """SIGKILL of the API, then of the worker: PM2 starts each again, and the service is back within 20 s."""
    for name in ("api", "worker"):
        before = running.pm2.kill(name)
        running.back(name, before)
    running.serves("Both apps were killed once and are back.")


@after("test_runs_under_pm2")
@needs("instance", "run_command")
def test_finishes_the_job_of_a_killed_worker(running, desk):
    """The worker is killed while it sends a mail: the one PM2 starts sends it within 30 s."""
    there = desk.at(running.place)
    mel = there.hires()
    there.mail.delay(SLOW_S, times=1)
    there.gives(mel)
    there.in_hand()
    before = running.pm2.kill("worker")

    there.comes(mel, "PM2 started the worker again.", within=30)
    running.back("worker", before)


@after("test_runs_under_pm2")
@needs("instance", "run_command")
def test_logs_each_request_once(running, people, draw, plant):
    """Each request is one line of JSON where PM2 says logs go, with id, route, status and duration."""
    actor = people.at(running.place).new()
    ids = [draw.token(20) for _ in range(12)]
    asked = [("/projects", 200, "/api/v1/projects"), ("/tasks/0", {400, 404, 422}, "/api/v1/tasks/:id")] * 6
    for request, (path, _, _) in zip(ids, asked, strict=True):
        actor.send("GET", path, headers={"X-Request-Id": request})

    lines = running.shows("api", lambda line: line.get("requestId") in ids and "status" in line, len(ids))
    expect.equal(
        sorted(line["requestId"] for line in lines), sorted(ids), "One line with `status` per request."
    )
    told = {line["requestId"]: line for line in lines}
    for request, (_, status, route) in zip(ids, asked, strict=True):
        plant.complete(told[request], status, route)
    others = [line for line in running.out("api") if line and not plant.is_json(line)]
    expect.equal(others[:3], [], "Lines of the API's stdout that are not one JSON object each.")


@after("test_runs_under_pm2")
@needs("instance", "run_command")
def test_logs_jobs(running, desk):
    """The worker's log has a line for each try of a mail, with time, level, msg, jobId and status."""
    there = desk.at(running.place)
    mel = there.hires()
    there.gives(mel)
    job = there.comes(mel, "A task was assigned.")[0].header("X-Job-Id")

    lines = running.shows("worker", lambda line: str(line.get("jobId")) == job and "attempt" in line)
    expect.equal(len(lines), 1, "The lines of the worker's log with this jobId and an attempt.")
    expect.holds(
        lines[0], {"service": "worker", "attempt": 1, "status": "completed"}, "The line of a mail sent."
    )
    missing = [name for name in ("time", "level", "msg") if name not in lines[0]]
    expect.equal(missing, [], "What the line of a job lacks.")


@after("test_logs_each_request_once")
@needs("instance", "run_command", "fault")
def test_logs_errors_with_their_stack(running, people, draw, faults, plant):
    """Postgres is away: the request that fails leaves a line of level error with its id and a stack."""
    actor, request = people.at(running.place).new(), draw.token(20)
    with faults.of(running.place).refused("postgres"):
        answer = actor.send("GET", "/projects", headers={"X-Request-Id": request})
    expect.that(answer.status >= 500, "Without Postgres a request is answered 5xx.", actual=answer.status)

    def fits(line):
        return line.get("requestId") == request and plant.is_error(line) and bool(plant.stack(line))

    lines = running.shows("api", fits)
    told = [line for line in running.lines("api") if line.get("requestId") == request]
    why = "A 5xx has a line of level error, with its requestId and `stack` or `err.stack`."
    expect.that(lines, why, expected="such a line", actual=json.dumps(told)[:800])


@after("test_logs_each_request_once", "test_logs_jobs", "test_logs_errors_with_their_stack")
@needs("instance", "run_command")
def test_keeps_secrets_out_of_the_logs(running, people):
    """No password, token, hash or password inside a URL is in any of the logs."""
    there = people.at(running.place)
    actor = there.new()
    wrong = actor.password + "x"
    there.anonymous.post("/auth/login", {"email": actor.email, "password": wrong})
    actor.get("/projects")
    secrets = {name: running.place.setting(name) for name in ("JWT_SECRET", "ADMIN_PASSWORD")}
    database = urlsplit(running.place.setting("DATABASE_URL")).password or "none in the URL"
    secrets |= {
        "a password": actor.password,
        "a token": actor.token.rsplit(".", 1)[1],
        "DATABASE_URL": database,
    }

    running.shows("api", lambda line: line.get("status") == 401)
    text = running.pm2.log("api") + running.pm2.log("worker")
    expect.that(text.strip(), "There are logs to look into.", actual="empty files")
    found = sorted(name for name, value in secrets.items() if value in text)
    expect.equal(found, [], "Secrets in the logs.")


@stretch
@after("test_runs_under_pm2")
@needs("instance", "run_command")
def test_caps_memory(running):
    """`max_memory_restart` is set for both apps, to less than 4 GiB."""
    caps = {one.name: one.memory_cap for one in running.pm2.processes()}
    wrong = {name: caps.get(name, 0) for name in ("api", "worker") if not 0 < caps.get(name, 0) < FULL_CAP}
    expect.equal(wrong, {}, "Apps without `max_memory_restart` (bytes, as `pm2 jlist` tells).")


@stretch
@alone
@after("test_runs_under_pm2")
@needs("instance", "run_command", "fault")
def test_cuts_no_request_off(running, people, faults, plant):
    """`pm2 reload api` lets requests in flight have their answers; `pm2 stop api` stays stopped."""
    actor = people.at(running.place).new()
    before = running.pm2.named("api")[0]
    slow = faults.of(running.place)
    slow.delay("postgres", 0.4)

    def reload():
        plant.pause(0.6, "the requests are on their way by then")
        running.pm2.does("reload", "api")

    answers = together(
        [reload, *[lambda: actor.send("GET", "/projects", deadline=20.0).status for _ in range(5)]]
    )
    slow.heal("postgres")
    expect.equal(answers[1:], [200] * 5, "The answers to requests that were in flight.")
    running.back("api", before)
    running.serves("The API was reloaded.")
    running.pm2.does("stop", "api")
    plant.pause(2.0, "somebody could start it again")
    expect.equal([one.status for one in running.pm2.named("api")], ["stopped"], "After `pm2 stop api`.")
    running.pm2.does("restart", "api")


@stretch
@alone
@after("test_runs_under_pm2")
@needs("instance", "run_command")
def test_slows_down_a_crash_loop(doomed):
    """With a wrong DATABASE_URL apps are given up or started ever more seldom; repaired, they are back."""
    found = doomed.watched(MOST_RESTARTS, WATCHED_S)
    expect.equal(sorted({one.name for one in found}), ["api", "worker"], "What PM2 lists.")
    for one in found:
        expect.that(
            one.status == "errored" or one.restarts <= MOST_RESTARTS,
            f"`{one.name}` exits at once, again and again.",
            expected=f"`errored`, or at most {MOST_RESTARTS} restarts in the first minute",
            actual=f"{one.status}, {one.restarts} restarts in {time.monotonic() - doomed.began:.0f} s",
        )
    healthy = doomed.place.setting("DATABASE_URL")
    # While an app waits for its next start PM2 calls that an error, and still starts it with what is new.
    doomed.pm2.run("restart", doomed.file, "--update-env", env={"DATABASE_URL": healthy})
    doomed.serves("DATABASE_URL is right again, and `pm2 restart` was called.")
