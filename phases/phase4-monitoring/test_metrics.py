"""That the metrics of API and worker are what happened."""

from __future__ import annotations

import math
from collections import Counter

from grader.kit import after, alone, expect, gate, needs, stretch

DELAY_S = 0.15
MOST_S = 10.0
RANDOM = 150
NEW_SERIES = 12
CLIENTS = 7


@gate
def test_counts_requests_exactly(meters, people, draw):
    """`http_requests_total` grows by exactly the requests that were made, by method, route and status."""
    actor = people.new()
    project = actor.creates_project().identity()
    tasks = [actor.creates_task(project).identity() for _ in range(3)]
    before = meters.api()
    for task in tasks:
        actor.reads(f"/tasks/{task}")
        actor.patch(f"/tasks/{task}", {"status": "done"})
    for _ in range(4):
        actor.lists("/projects")
    refused = actor.post("/projects", {"name": ""})
    actor.get(f"/nothing/{draw.token()}")
    meters.api()

    wanted = Counter({("GET", "/api/v1/tasks/:id", "200"): 3, ("PATCH", "/api/v1/tasks/:id", "200"): 3})
    wanted["GET", "/api/v1/projects", "200"] = 4
    wanted["POST", "/api/v1/projects", str(refused.status)] = 1
    wanted["GET", "unmatched", "404"] = 1
    found = meters.new_requests(before, wanted)
    expect.equal(
        sorted(found.items()), sorted(wanted.items()), "The requests counted: method, route, status."
    )


@after("test_counts_requests_exactly")
def test_times_every_request(meters, people):
    """`http_request_duration_seconds` is a histogram that counts each request once, in growing buckets."""
    actor = people.new()
    before = meters.api()
    for _ in range(5):
        actor.lists("/projects")
    wanted = Counter({("GET", "/api/v1/projects", "200"): 5})
    name = "http_request_duration_seconds"
    found = meters.new_requests(before, wanted, f"{name}_count")
    expect.equal(dict(found), dict(wanted), f"By how much `{name}_count` grew.")

    labels = {"method": "GET", "route": "/api/v1/projects", "status_code": "200"}
    rows = meters.api().found(f"{name}_bucket", **labels)
    bounds = sorted((float(one.labels.get("le", "nan")), one.value) for one in rows)
    counts = [count for _, count in bounds]
    expect.that(bounds and math.isinf(bounds[-1][0]), "The last bucket is `+Inf`.", actual=bounds)
    expect.equal(counts, sorted(counts), "A bucket holds all that smaller ones hold.")
    for low, high in ((0.1, 0.25), (1.0, 2.5)):
        inside = [bound for bound, _ in bounds if low <= bound <= high]
        expect.that(
            inside, f"A bucket ends between {low:g} and {high:g} s.", actual=[one for one, _ in bounds]
        )


@after("test_times_every_request")
@needs("fault")
def test_times_requests_to_their_end(meters, people, faults):
    """Postgres answers 0.3 s later: the histogram's sum grows by at least 0.25 s for each request."""
    actor = people.new()
    actor.lists("/projects")
    labels = {"method": "GET", "route": "/api/v1/projects"}
    before = meters.api()
    faults.delay("postgres", DELAY_S)
    for _ in range(3):
        actor.lists("/projects")
    faults.heal("postgres")

    name = "http_request_duration_seconds"
    grown = meters.grows(meters.api, before, 3, f"{name}_count", **labels)
    expect.equal(grown, 3, f"By how much `{name}_count` of `GET /api/v1/projects` grew.")
    seconds = meters.api().total(f"{name}_sum", **labels) - before.total(f"{name}_sum", **labels)
    expect.that(
        0.75 <= seconds <= 3 * MOST_S,
        f"`{name}_sum` of three slow requests, in seconds.",
        expected="at least 0.75",
        actual=seconds,
    )


@after("test_counts_requests_exactly")
@needs("fault")
def test_counts_failures(meters, people, faults):
    """Postgres is away: the 5xx counted are exactly the requests that failed."""
    actor = people.new()
    before = meters.api()
    with faults.refused("postgres"):
        statuses = [actor.get("/projects").status for _ in range(6)]
    expect.that(min(statuses) >= 500, "Without Postgres requests are answered 5xx.", actual=statuses)

    wanted = Counter()
    for status in statuses:
        wanted[str(status)] += 1
    for status, count in wanted.items():
        grown = meters.grows(meters.api, before, count, "http_requests_total", status_code=status)
        expect.equal(grown, count, f"By how much the requests with status {status} grew.")


def test_counts_jobs(meters, desk):
    """The worker's `jobs_total` grows by one `completed` for a mail sent, one `failed` for one given up."""
    mel, nobody = desk.hires(), desk.hires()
    for outcome in ("completed", "failed", "retried"):
        meters.worker().value("jobs_total", queue="email", outcome=outcome)
    before = meters.worker()
    desk.mail.answer(550, to=nobody.email)
    for _ in range(3):
        desk.gives(mel)
    for _ in range(2):
        desk.gives(nobody)
    desk.comes(mel, "Three tasks were assigned.", count=3)
    desk.mail.attempts(nobody.email, count=2, why="mails that are refused for good")

    for outcome, count in {"completed": 3, "failed": 2, "retried": 0}.items():
        labels = {"queue": "email", "outcome": outcome}
        grown = meters.grows(meters.worker, before, count, "jobs_total", **labels)
        expect.equal(grown, count, f'By how much `jobs_total{{queue="email",outcome="{outcome}"}}` grew.')


@needs("memory")
def test_tells_its_memory(service, meters, plant):
    """`process_resident_memory_bytes` of API and worker is within 20 % of what the system says."""
    for process, read in (("web", meters.api), ("worker", meters.worker)):
        told = read().value("process_resident_memory_bytes")
        real = service.memory(process)
        expect.that(
            any(plant.near(told, one, 0.2) for one in real),
            f"The memory of `{process}` in its metrics.",
            expected=f"about {max(real, default=0)} bytes",
            actual=f"{told:.0f}",
        )


@after("test_counts_requests_exactly")
def test_stays_bounded(meters, people, draw):
    """150 random ids and 150 addresses nobody knows add at most 12 series, and no label holds an id."""
    actor = people.new()
    project = actor.creates_project().identity()
    task = actor.creates_task(project).identity()
    actor.reads(f"/tasks/{task}")
    actor.reads(f"/projects/{project}")
    before = meters.api().series()
    for _ in range(RANDOM):
        actor.get(f"/tasks/{draw.token()}")
        actor.get(f"/{draw.token()}/{draw.token()}")

    scrape = meters.api()
    new = meters.added(before, scrape.series())
    names = sorted(dict(one[1]).get("route", "") for one in new)
    expect.that(
        len(new) <= NEW_SERIES,
        "The series that 300 such requests added (of a histogram's buckets one is counted).",
        expected=f"at most {NEW_SERIES}",
        actual=f"{len(new)}, with these routes: {', '.join(names)[:500]}",
    )
    told = {value for _, _, value in scrape.label_values()}
    private = {project, task, actor.id, actor.email, actor.token} - {"1", "2", "3", "4", "5", "10"}
    found = sorted(one for one in private if any(one == value or one in value.split("/") for value in told))
    expect.equal(found, [], "Ids, addresses and tokens in labels.")


def test_serves_metrics_beside_the_api(client, meters):
    """`GET /metrics` asks for no token, and there is none under `/api`."""
    meters.api()
    meters.worker()
    for path in ("/api/metrics", "/api/v1/metrics"):
        answer = client.get(path)
        expect.that(
            answer.status >= 400, f"`GET {path}` is no page of metrics.", actual=f"status {answer.status}"
        )


@stretch
@after("test_counts_jobs")
def test_counts_tries_again(meters, desk):
    """A mail that is refused twice for now and then sent is two `retried` and one `completed`."""
    mel = desk.hires()
    before = meters.worker()
    desk.mail.answer(451, to=mel.email, times=2)
    desk.gives(mel)
    desk.comes(mel, "451 twice, then 250.", within=20)

    for outcome, count in {"retried": 2, "completed": 1, "failed": 0}.items():
        labels = {"queue": "email", "outcome": outcome}
        grown = meters.grows(meters.worker, before, count, "jobs_total", **labels)
        expect.equal(grown, count, f'By how much `jobs_total{{queue="email",outcome="{outcome}"}}` grew.')


@stretch
def test_counts_connected_clients(meters, people, live, plant):
    """`socketio_connected_clients` follows seven clients that connect and leave."""
    actor, name = people.new(), "socketio_connected_clients"
    before = meters.api().value(name)
    sockets = [live.connects(actor, f"client {number}") for number in range(CLIENTS)]
    expect.equal(
        plant.reaches(meters.api, name, before + CLIENTS), before + CLIENTS, "With seven clients more."
    )

    for socket in sockets:
        socket.leave()
    expect.equal(plant.reaches(meters.api, name, before), before, "After they have left.")


@stretch
@needs("instance")
def test_tells_how_much_waits(service, desk, meters, plant):
    """Without a worker, `queue_depth` of `email` and `waiting` is the number of jobs that wait."""
    other = service.another(fresh=True, processes=["web"])
    there = desk.at(other)
    mel = there.hires()
    for _ in range(3):
        there.gives(mel)

    labels = {"queue": "email", "state": "waiting"}
    found = plant.reaches(meters.of(other).api, "queue_depth", 3.0, within=10.0, **labels)
    expect.equal(found, 3.0, 'The jobs in `queue_depth{queue="email",state="waiting"}`.')


@stretch
@alone
@after("test_counts_requests_exactly")
@needs("prometheus")
def test_agrees_with_prometheus(service, people, plant):
    """A real Prometheus sees as many requests a second as were sent, within 30 %."""
    server = plant.own(service)
    server.settled()
    actor = people.new()
    expression = f'sum(rate(http_requests_total{{job="api",route="/api/v1/projects"}}[{plant.window_s}s]))'
    sent, rate = plant.stream(actor).compared(lambda: server.total(expression), 0.3)

    expect.that(
        plant.near(rate, sent, 0.3),
        "Requests a second, by Prometheus.",
        expected=f"about {sent:.1f}",
        actual=rate,
    )
