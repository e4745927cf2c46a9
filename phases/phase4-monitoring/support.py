"""The vocabulary of the monitoring checks: the app under PM2, its log lines, its metrics, its dashboards."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from grader.kit import (
    BlockedError,
    Client,
    Service,
    UnmetError,
    dashboards,
    expect,
    metrics,
    prometheus,
    wait,
    yaml_text,
)
from grader.kit.pm2 import ERRORED, ONLINE, Pm2, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from grader.kit import Response
    from grader.kit.metrics import Scrape
    from grader.kit.pm2 import Process

BACK_S = 20.0
"""How long PM2 and the app may take until they serve again."""

SETTLE_S = 5.0
"""How long counters may lag behind an answer."""

RATE_S = 4
"""What `$__rate_interval` stands for: a window of several scrapes."""

TREND_S = 20.0
"""How long a panel may take to show what has happened."""

PER_SECOND = 20
"""Requests of a stream."""

FOLDER = "monitoring"
SETTINGS = f"{FOLDER}/prometheus.yml"
HOSTS = {"api:3000": "web", "worker:9464": "worker"}
MOUNTED = {"/var/lib/grafana/dashboards": f"{FOLDER}/grafana/dashboards"}
PROVISIONED = f"{FOLDER}/grafana/provisioning"
SOURCE = "prometheus"
ASKED = {"__rate_interval": f"{RATE_S}s", "__interval": "1s", "__range": f"{RATE_S}s"}
PANELS = ("request rate", "error ratio", "p95", "memory", "failed jobs")
NUMBERED_ERROR = 50
"""From here on a level that pino gives as a number is an error."""


@dataclass
class Managed:
    """The app under its own PM2, with fresh services."""

    place: Service
    pm2: Pm2
    file: str
    began: float = field(default_factory=time.monotonic)
    started: bool = False

    def start(self) -> None:
        """Start the apps as the ecosystem file says, and wait until both are online and the API answers."""
        self.started = True
        self.pm2.does("start", self.file)
        self.serves("`pm2 start` brings up `api` and `worker`, and the API answers on PORT.")

    def serves(self, why: str) -> None:
        """Expect both apps to be online and the API to answer within 20 s."""
        found = self.pm2.until(_both_online, BACK_S)
        expect.that(_both_online(found), why, expected="api: online, worker: online", actual=told(found))
        status = wait.for_value(self._health, lambda code: code == 200, BACK_S)
        expect.equal(status, 200, f"{why} `GET /healthz` (0: no answer).")

    def watched(self, most: int, seconds: float) -> list[Process]:
        """Return both apps once they are given up, or restarted too often, or the time is over."""

        def clear(found: list[Process]) -> bool:
            return all(one.status == ERRORED for one in found) or any(one.restarts > most for one in found)

        left = max(0.0, self.began + seconds - time.monotonic())
        found = self.pm2.until(clear, left)
        return [one for one in found if one.name in {"api", "worker"}]

    def back(self, name: str, before: Process) -> None:
        """Expect that an app was restarted once since, by PM2 itself, and is online."""

        def again(found: list[Process]) -> bool:
            return any(one.name == name and one.status == ONLINE and one.pid != before.pid for one in found)

        found = self.pm2.until(again, BACK_S)
        expect.that(
            again(found),
            f"`{name}` was killed: PM2 starts it again.",
            expected="a new pid, online",
            actual=told(found),
        )
        now = next(one for one in found if one.name == name and one.pid != before.pid)
        expect.that(
            now.restarts == before.restarts + 1,
            f"PM2 restarts `{name}` once.",
            expected=f"{before.restarts + 1} restarts",
            actual=f"{now.restarts} restarts; the end of its logs: {self.pm2.log(name)[-1000:]}",
        )

    def lines(self, name: str) -> list[dict[str, Any]]:
        """Return the lines of an app's log files that are JSON objects."""
        return [line for line in map(_object, self.pm2.log(name).splitlines()) if line is not None]

    def out(self, name: str) -> list[str]:
        """Return the lines of an app's stdout."""
        paths = sorted({one.out for one in self.pm2.named(name)})
        return [line for path in paths for line in self.pm2.tail(path).splitlines()]

    def shows(
        self, name: str, fits: Callable[[dict[str, Any]], bool], count: int = 1
    ) -> list[dict[str, Any]]:
        """Return the log lines of an app that fit, once there are `count`, or after 5 s."""

        def found() -> list[dict[str, Any]]:
            return [line for line in self.lines(name) if fits(line)]

        return wait.for_value(found, lambda lines: len(lines) >= count, SETTLE_S)

    def _health(self) -> int:
        try:
            return Client(self.place.instance.url).get("/healthz", deadline=2.0).status
        except UnmetError:
            return 0


@dataclass(frozen=True)
class Meters:
    """The metrics of the API and of the worker of one instance."""

    service: Service

    def of(self, service: Service) -> Meters:
        """Return those of another instance."""
        return Meters(service)

    def api(self) -> Scrape:
        """Read `GET /metrics` on PORT."""
        return metrics.read(self.service.instance.url)

    def worker(self) -> Scrape:
        """Read `GET /metrics` on METRICS_PORT."""
        return metrics.read(self.service.url_of("worker"))

    @staticmethod
    def requests(scrape: Scrape, name: str = "http_requests_total") -> Counter[tuple[str, str, str]]:
        """Return the requests counted so far, by method, route and status; parameters of a route as `:id`."""
        counted: Counter[tuple[str, str, str]] = Counter()
        for one in scrape.found(name):
            labels = one.labels
            key = (labels.get("method", ""), template(labels.get("route", "")), labels.get("status_code", ""))
            counted[key] += round(one.value)
        return counted

    def new_requests(
        self, before: Scrape, wanted: Counter[tuple[str, str, str]], name: str = "http_requests_total"
    ) -> Counter[tuple[str, str, str]]:
        """Return the requests to the API since a scrape, as soon as they are the wanted, or after 5 s."""

        def since() -> Counter[tuple[str, str, str]]:
            grown = self.requests(self.api(), name) - self.requests(before, name)
            return Counter({key: value for key, value in grown.items() if _of_the_api(key)})

        return wait.for_value(since, lambda found: found == wanted, SETTLE_S)

    @staticmethod
    def added(before: set[Any], now: set[Any]) -> list[Any]:
        """Return the series that are new: of a histogram's buckets one, none that Node itself tells of."""
        return [
            (name, labels)
            for name, labels in now - before
            if not name.startswith(("nodejs_", "process_"))
            and (not name.endswith("_bucket") or ("le", "+Inf") in labels)
        ]

    def grows(self, read: Callable[[], Scrape], before: Scrape, by: float, name: str, **labels: str) -> float:
        """Return by how much a counter has grown since a scrape, as soon as it is `by`, or after 5 s."""

        def grown() -> float:
            return read().total(name, **labels) - before.total(name, **labels)

        return wait.for_value(grown, lambda found: found == by, SETTLE_S)


@dataclass
class Screen:
    """The learner's dashboards before a real Prometheus that scrapes the service under grading."""

    server: prometheus.Prometheus
    panels: list[tuple[dashboards.Dashboard, dashboards.Panel]]
    seen: dict[str, dict[str, float]] = field(default_factory=dict)

    def queries(self, words: str) -> list[str]:
        """Return the queries of the panel whose title has these words; its variables are filled in."""
        found = [one for one in self.panels if words in " ".join(one[1].title.lower().split())]
        titles = ", ".join(panel.title for _, panel in self.panels) or "none"
        expect.that(found, f"A panel has `{words}` in its title.", expected=words, actual=f"panels: {titles}")
        board, panel = found[0]
        expect.that(
            panel.queries, f"The panel `{panel.title}` asks something.", expected="PromQL", actual="none"
        )
        return [board.filled(query, ASKED) for query in panel.queries]

    def shows(self, words: str, *, at: float | None = None) -> float:
        """Return what the first query of a panel comes to, its series added up; it has to have data."""
        query = self.queries(words)[0]
        series = [one for one in self.server.query(query, at=at) if one.value == one.value]
        expect.that(
            series, f"The panel `{words}` has data.", expected="at least one number", actual=f"none: {query}"
        )
        return sum(one.value for one in series)

    def saw(self, *names: str) -> list[dict[str, float]]:
        """Return what was noted under these names; blocked where another check has not noted it."""
        for name in names:
            if name not in self.seen:
                raise BlockedError(
                    f"nobody has looked at the panels yet while requests are {name}: grade the whole line"
                )
        return [self.seen[name] for name in names]

    def notes(self, name: str) -> dict[str, float]:
        """Keep what all panels show at this moment under a name, and return it."""
        self.seen[name] = {words: self.shows(words) for words in PANELS}
        return self.seen[name]


@dataclass(frozen=True)
class Stream:
    """A steady stream of requests."""

    send: Callable[[], Response]

    def flows(self, seconds: float) -> float:
        """Send one after another for so many seconds, at most 20 in each; return the rate at the end."""
        began, sent = time.monotonic(), list[float]()
        while (now := time.monotonic()) < began + seconds:
            self.send()
            sent.append(time.monotonic())
            wait.until(min(now + 1 / PER_SECOND, began + seconds), "the pace of the stream")
        window = min(seconds, RATE_S)
        return sum(at > time.monotonic() - window for at in sent) / window

    def compared(self, shown: Callable[[], float], part: float) -> tuple[float, float]:
        """Return how many a second were sent and how many are shown; three times at most, until they agree.

        A measure of time: a machine that stumbles once must not decide.
        """
        for _ in range(3):
            rates = self.flows(RATE_S + 2), shown()
            if Plant.near(rates[1], rates[0], part):
                break
        return rates


class Plant:
    """What checks of this phase say often; a fixture, since checks import nothing of ours.

    `window_s` is the length of a window of panels in seconds, `asked` what Grafana's variables stand for.
    """

    window_s = RATE_S
    asked = ASKED

    @staticmethod
    def stream(actor: Any) -> Stream:
        """Return a stream of requests that each read from the database."""
        return Stream(lambda: actor.get("/projects"))

    @staticmethod
    def near(actual: float, wanted: float, part: float) -> bool:
        """Tell whether a number is within a part of another."""
        return abs(actual - wanted) <= part * wanted

    @staticmethod
    def is_error(line: dict[str, Any]) -> bool:
        """Tell whether a log line is of level error, by name or by pino's number."""
        level = line.get("level")
        if isinstance(level, int | float) and not isinstance(level, bool):
            return level >= NUMBERED_ERROR
        return str(level).lower() in {"error", "fatal"}

    @staticmethod
    def is_json(line: str) -> bool:
        """Tell whether a line is one JSON object."""
        return _object(line) is not None

    @staticmethod
    def complete(line: dict[str, Any], status: object, route: str) -> None:
        """Expect that the line of a request has all it should have."""
        allowed = status if isinstance(status, set) else {status}
        expect.that(line["status"] in allowed, "`status` of a request's line.", expected=allowed, actual=line)
        facts = {
            "service": line.get("service"),
            "method": line.get("method"),
            "route": template(str(line.get("route"))),
        }
        expect.holds(facts, {"service": "api", "method": "GET", "route": route}, "A request's line.")
        took = line.get("durationMs")
        good = isinstance(took, int | float) and not isinstance(took, bool) and took >= 0
        expect.that(good, "`durationMs` of a request's line.", expected="a number from 0 on", actual=took)
        missing = [name for name in ("time", "level", "msg") if name not in line]
        expect.equal(missing, [], "What the line of a request lacks.")

    @staticmethod
    def stack(line: dict[str, Any]) -> str:
        """Return the stack in a log line: its own, or that of its `err`."""
        error = line.get("err")
        inner = error.get("stack") if isinstance(error, dict) else None
        return str(line.get("stack") or inner or "")

    @staticmethod
    def reaches(
        read: Callable[[], Scrape], name: str, wanted: float, within: float = SETTLE_S, **labels: str
    ) -> float:
        """Return a metric as soon as it is the wanted number, or as it is after `within` seconds."""
        return wait.for_value(lambda: read().value(name, **labels), lambda found: found == wanted, within)

    @staticmethod
    def rises(read: Callable[[], float], above: float) -> float:
        """Return a number as soon as it is above another, or as it is after 20 s."""
        return wait.for_value(read, lambda found: found > above, TREND_S)

    @staticmethod
    def own(service: Service) -> prometheus.Prometheus:
        """Return a Prometheus by the grader's own settings."""
        jobs = [
            {"job_name": name, "static_configs": [{"targets": [address]}]}
            for name, address in (("api", "api:3000"), ("worker", "worker:9464"))
        ]
        return prometheus.start(
            service, {"own.yml": yaml_text.dump({"scrape_configs": jobs})}, "own.yml", HOSTS
        )

    @staticmethod
    def provisioned(files: dict[str, str], kind: str, entry: str) -> list[dict[str, Any]]:
        """Return the entries of the provisioning files of a kind (`datasources`, `dashboards`)."""
        names = [name for name in files if name.startswith(f"{PROVISIONED}/{kind}/")]
        expect.that(
            names, f"Grafana's {kind} are provisioned.", expected=f"{PROVISIONED}/{kind}/*.yml", actual="none"
        )
        found = [yaml_text.mapping(name, files[name]).get(entry) or [] for name in names]
        return [one for listed in found for one in listed if isinstance(one, dict)]

    @staticmethod
    def folder_of(path: str) -> str:
        """Return the folder of the app that is mounted at a path of Grafana's container; empty if none is."""
        for mounted, folder in MOUNTED.items():
            if path == mounted or path.startswith(f"{mounted}/"):
                return (folder + path.removeprefix(mounted)).rstrip("/")
        return ""

    @staticmethod
    def pause(seconds: float, why: str) -> None:
        """Let time pass that is itself what is tested."""
        wait.until(time.monotonic() + seconds, why)


def template(route: str) -> str:
    """Return a route whose parameters are all written `:id`."""
    return re.sub(r":\w+(\([^)]*\))?|\{\w+\}|<\w+>", ":id", route)


def _of_the_api(key: tuple[str, str, str]) -> bool:
    return key[1] == "unmatched" or key[1].startswith("/api/")


def _both_online(found: list[Process]) -> bool:
    return all(any(one.name == name and one.status == ONLINE for one in found) for name in ("api", "worker"))


def _object(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


@pytest.fixture(scope="session")
def plant() -> Plant:
    """Give the words of this phase."""
    return Plant()


@pytest.fixture
def meters(service: Service) -> Meters:
    """Give the metrics of the service under grading."""
    return Meters(service)


@pytest.fixture(scope="session")
def ecosystem(service: Service) -> str:
    """Give the name of the file that tells PM2 what to run."""
    files = service.read_files("ecosystem.config.js", "ecosystem.config.cjs")
    expect.that(
        files,
        "PM2's settings lie in the app's folder.",
        expected="ecosystem.config.cjs (or .js)",
        actual="neither",
    )
    return min(files)


@pytest.fixture(scope="session")
def doomed(service: Service, ecosystem: str) -> Iterator[Managed]:
    """Give the app under a PM2 whose DATABASE_URL is wrong, so that it ends as often as it is started."""
    yield from _under_pm2(service, ecosystem, starts={"DATABASE_URL": "nonsense"})


@pytest.fixture(scope="session")
def managed(request: pytest.FixtureRequest, service: Service, ecosystem: str) -> Iterator[Managed]:
    """Give an empty place with fresh services, in which PM2 starts the app when a check says so."""
    # The other one is only watched, for a minute at most: so it runs from the beginning.
    if any("doomed" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("doomed")
    yield from _under_pm2(service, ecosystem)


@pytest.fixture
def running(managed: Managed) -> Managed:
    """Give the app under PM2, started if no check before did it."""
    if not managed.started:
        managed.start()
    return managed


def _under_pm2(service: Service, file: str, starts: dict[str, str] | None = None) -> Iterator[Managed]:
    place = service.another(fresh=True, processes=[], env={"JOB_LOCK_MS": "2000"})
    made = Managed(place, Pm2(place, {}), file)
    if starts:
        made.pm2.run("start", file, env=starts)
    yield made
    made.pm2.end()


@pytest.fixture(scope="session")
def written(service: Service) -> dict[str, str]:
    """Give the files of the app's folder `monitoring`, by path."""
    return service.read_files(f"{FOLDER}/*.yml", f"{FOLDER}/*.yaml", f"{FOLDER}/*.json")


@pytest.fixture(scope="session")
def boards(written: dict[str, str]) -> list[dashboards.Dashboard]:
    """Give the app's dashboards."""
    names = [name for name in sorted(written) if name.startswith(f"{FOLDER}/grafana/dashboards/")]
    names = [name for name in names if name.endswith(".json")]
    expect.that(names, "There is a dashboard.", expected=f"{FOLDER}/grafana/dashboards/*.json", actual="none")
    return [dashboards.read(name, written[name]) for name in names]


@pytest.fixture(scope="session")
def server(service: Service, written: dict[str, str]) -> prometheus.Prometheus:
    """Give a real Prometheus that runs on the app's own settings."""
    expect.that(
        SETTINGS in written, "Prometheus' settings are there.", expected=SETTINGS, actual="no such file"
    )
    settings = {name: text for name, text in written.items() if not name.startswith(f"{FOLDER}/grafana/")}
    return prometheus.start(service, settings, SETTINGS, HOSTS)


@pytest.fixture(scope="session")
def screen(server: prometheus.Prometheus, boards: list[dashboards.Dashboard]) -> Screen:
    """Give the dashboards with a Prometheus behind them."""
    server.settled()
    return Screen(server, [(board, panel) for board in boards for panel in board.panels])
