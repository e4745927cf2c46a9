"""That dashboards show what happens: a real Prometheus is asked their queries, before and during faults."""

from __future__ import annotations

from grader.kit import after, alone, expect, needs, stretch

CALM_S = 3.0
DELAY_S = 0.15


@needs("prometheus", "read_files")
def test_scrapes_api_and_worker(server):
    """`promtool` takes `monitoring/prometheus.yml`, and its jobs `api` and `worker` are up."""
    targets = server.settled()

    health = {one.job: one for one in targets}
    for job in ("api", "worker"):
        expect.that(
            job in health and health[job].health == "up",
            f"Prometheus scrapes the job `{job}`.",
            expected="a target that is up",
            actual=health.get(job, f"jobs: {', '.join(health) or 'none'}"),
        )


@needs("read_files")
def test_provisions_grafana(written, boards, plant):
    """Grafana finds its datasource `prometheus` and the dashboards by the provisioning files."""
    sources = [
        one
        for one in plant.provisioned(written, "datasources", "datasources")
        if one.get("uid") == "prometheus"
    ]
    expect.equal(len(sources), 1, "The provisioned datasources with the uid `prometheus`.")
    facts = {name: sources[0].get(name) for name in ("type", "url")}
    expect.holds(facts, {"type": "prometheus", "url": "http://prometheus:9090"}, "The datasource.")

    providers = plant.provisioned(written, "dashboards", "providers")
    paths = [str((one.get("options") or {}).get("path", "")) for one in providers]
    folders = [folder for folder in map(plant.folder_of, paths) if folder]
    found = [name for name in written if any(name.startswith(f"{folder}/") for folder in folders)]
    expect.that(
        any(name.endswith(".json") for name in found),
        "A provider's `options.path` is a folder with dashboards, as it is mounted.",
        expected="/var/lib/grafana/dashboards",
        actual=", ".join(paths) or "no provider",
    )
    asked = {source for board in boards for panel in board.panels for source in panel.sources}
    known = {"prometheus", "", "-- Mixed --"}
    expect.equal(sorted(asked - known), [], "Datasources that panels ask and that are not provisioned.")


@alone
@after("test_scrapes_api_and_worker", "metrics.test_counts_requests_exactly")
@needs("prometheus", "read_files", "memory")
def test_panels_have_data(service, screen, people, plant):
    """Five panels have data; request rate and memory show what is sent and used."""
    stream = plant.stream(people.new())
    sent, rate = stream.compared(lambda: screen.shows("request rate"), 0.3)
    shown = screen.notes("calm")

    expect.that(plant.near(rate, sent, 0.3), "The panel `request rate`.", expected=f"{sent:.1f}", actual=rate)
    real = sum(max(service.memory(process)) for process in ("web", "worker"))
    memory = shown["memory"]
    expect.that(
        plant.near(memory, real, 0.2), "The panel `memory`, API and worker.", expected=real, actual=memory
    )
    expect.that(
        shown["error ratio"] < 0.05, "The panel `error ratio`, all being well.", actual=shown["error ratio"]
    )
    expect.that(0 < shown["p95"] < 5, "The panel `p95`, in seconds.", actual=shown["p95"])
    for board, panel in screen.panels:
        for query in panel.queries:
            screen.server.query(board.filled(query, plant.asked))


@alone
@after("test_panels_have_data")
@needs("prometheus", "fault")
def test_shows_failing_requests(screen, people, faults, plant):
    """Postgres is away: the panel `error ratio` rises from under 0.05 to over 0.5."""
    stream = plant.stream(people.new())
    stream.flows(CALM_S)
    before = screen.notes("before failing")["error ratio"]
    expect.that(
        before < 0.05, "The panel `error ratio` before the fault.", expected="under 0.05", actual=before
    )
    with faults.refused("postgres"):
        stream.flows(plant.window_s + 2)
        during = screen.notes("failing")["error ratio"]

    expect.that(
        during > 0.5, "The panel `error ratio` while every request fails.", expected="over 0.5", actual=during
    )


@alone
@after("test_panels_have_data", "metrics.test_counts_jobs")
@needs("prometheus")
def test_shows_failed_jobs(screen, desk, plant):
    """Mails are refused for good: the panel `failed jobs` rises."""
    before = screen.shows("failed jobs")
    mel = desk.hires()
    desk.mail.answer(550, to=mel.email)
    for _ in range(4):
        desk.gives(mel)
    desk.mail.attempts(mel.email, count=4, why="mails that are refused for good")

    after_ = plant.rises(lambda: screen.shows("failed jobs"), before)
    expect.that(after_ > before, "The panel `failed jobs`.", expected=f"more than {before:g}", actual=after_)


@alone
@after("test_panels_have_data")
@needs("prometheus", "fault")
def test_shows_slow_requests(screen, people, faults, plant):
    """Postgres answers 0.3 s later: the panel `p95` rises by at least 0.2 s."""
    stream = plant.stream(people.new())
    stream.flows(CALM_S)
    before = screen.notes("before slow")["p95"]
    faults.delay("postgres", DELAY_S)
    stream.flows(plant.window_s + 2)
    during = screen.notes("slow")["p95"]
    faults.heal("postgres")

    expect.that(
        during >= before + 0.2, "The panel `p95`.", expected=f"{before + 0.2:.3f} or more", actual=during
    )


@stretch
@alone
@after("test_shows_failing_requests", "test_shows_slow_requests")
@needs("prometheus")
def test_other_panels_stay(screen):
    """What a fault does not touch stays: memory and failed jobs, and errors while requests are slow."""
    for fault in ("failing", "slow"):
        before, shown = screen.saw(f"before {fault}", fault)
        expect.that(
            before["memory"] / 2 <= shown["memory"] <= before["memory"] * 2,
            f"The panel `memory` while requests are {fault}.",
            expected=f"about {before['memory']:.0f}",
            actual=shown["memory"],
        )
        expect.that(
            shown["failed jobs"] <= before["failed jobs"],
            f"The panel `failed jobs` while requests are {fault}.",
            expected=f"{before['failed jobs']:g}, as before",
            actual=shown["failed jobs"],
        )
    errors = screen.saw("slow")[0]["error ratio"]
    expect.that(
        errors < 0.05,
        "The panel `error ratio` while requests are slow.",
        expected="under 0.05",
        actual=errors,
    )


@stretch
@alone
@after("test_panels_have_data", "metrics.test_tells_how_much_waits")
@needs("prometheus", "stop", "restart")
def test_shows_what_waits(service, screen, desk, plant):
    """The worker is stopped: the panel `queue depth` rises by the jobs that wait."""
    before = screen.shows("queue depth")
    mel = desk.hires()
    service.stop(process="worker")
    for _ in range(4):
        desk.gives(mel)

    depth = plant.rises(lambda: screen.shows("queue depth"), before + 3.5)
    service.restart(process="worker")
    expect.that(
        depth >= before + 4, "The panel `queue depth`.", expected=f"{before + 4:g} or more", actual=depth
    )
