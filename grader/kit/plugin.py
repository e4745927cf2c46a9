"""The pytest plugin of the suite: fixtures, order, and one event per phase of each check.

In the suite's child process the plan comes over the inherited channel. Under plain pytest beside
`grade run`, it is read from `.grade/target.json`, and powers go over the unix socket named there.
Where there is neither, the plugin only skips the checks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from grader.kit import sessions
from grader.kit.client import Client
from grader.kit.collector import Collector
from grader.kit.draw import Draw
from grader.kit.faults import Faults
from grader.kit.mail import Mail
from grader.kit.reporting import Reporter, describe
from grader.kit.service import Service
from grader.kit.verdicts import BlockedError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from contextlib import AbstractContextManager

    from grader.kit.sessions import Session
    from grader.kit.sockets import Sockets


_SESSION: pytest.StashKey[Session] = pytest.StashKey()
_REPORTER = pytest.StashKey[Reporter]()
_WHY_NONE = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Find the session this process belongs to and register the exercises' vocabularies."""
    try:
        session = sessions.find(config)
    except sessions.NoSessionError as error:
        config.stash[_WHY_NONE] = str(error)
        return
    config.stash[_SESSION] = session
    config.stash[_REPORTER] = Reporter(session)
    for name, module in sessions.vocabularies(session):
        config.pluginmanager.register(module, name)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the planned checks in the planned order and announce them before the first request.

    Under plain pytest, skip the checks that no running service belongs to.
    """
    session = config.stash.get(_SESSION, None)
    if session is not None:
        config.stash[_REPORTER].collected(session.arrange(items))
    if session is None or not session.strict:
        for item in items:
            why = sessions.why_skip(item.path, session, config.stash.get(_WHY_NONE, ""))
            if why:
                item.add_marker(pytest.mark.skip(reason=why))


# Around everything else, so that no timeout of a check falls into the grader's own messages.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Report a check's start, and after it whether the service still runs."""
    reporter = item.config.stash.get(_REPORTER, None)
    if reporter is None or not reporter.knows(item):
        return (yield)
    reporter.started(item)
    result = yield
    reporter.finished(item)
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Block a check whose predecessors did not pass or whose service is gone."""
    reporter = item.config.stash.get(_REPORTER, None)
    if reporter is not None and reporter.knows(item):
        reporter.admit(item)


# Around everything else, so that it sees what the other plugins made of a report.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Send what a phase came to; under plain pytest, show a blocked check as skipped."""
    report = yield
    reporter = item.config.stash.get(_REPORTER, None)
    if reporter is None or not reporter.knows(item):
        return report
    reporter.phase(item, call, report)
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, BlockedError):
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.location[1] or 0, f"blocked: {error.reason}")
    elif error is not None and describe(error).outcome == "unmet":
        report.longrepr = str(error)
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Say that the stream is whole."""
    reporter = session.config.stash.get(_REPORTER, None)
    if reporter is not None:
        reporter.ended()


@pytest.fixture(scope="session")
def service(request: pytest.FixtureRequest) -> Service:
    """Give the running service under grading, and what may be done to it beyond HTTP."""
    session = _session(request)
    return Service(session.target.app, session.target.powers, session.channel)


@pytest.fixture(scope="session")
def client(service: Service) -> Client:
    """Give a client of the service that sends no credentials."""
    return Client(service.instance.url)


@pytest.fixture
def sockets(service: Service) -> Generator[Sockets]:
    """Give a way to connect to the service by socket.io, for exercises that require `socketio`."""
    # Imported late: the library takes a third of a second, and most exercises have no sockets.
    from grader.kit.sockets import Sockets  # noqa: PLC0415

    made = Sockets(service.instance.url)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def mail(service: Service) -> Iterator[Mail]:
    """Give the app's mail server: what it was sent, and how it is to answer; healed after each check."""
    server = Mail.of(service)
    yield server
    server.heal()


@pytest.fixture
def faults(service: Service) -> Iterator[Faults]:
    """Give what stands between the app and its dependencies; all healed after each check."""
    proxies = Faults(service)
    yield proxies
    proxies.heal_all()


@pytest.fixture(scope="session")
def collector(service: Service) -> Collector:
    """Give what the app, or a plugin inside it, posted to the grader."""
    return Collector.of(service)


@pytest.fixture
def draw(request: pytest.FixtureRequest) -> Draw:
    """Give random data of this check, repeatable from the run's seed."""
    return Draw(f"{_session(request).target.seed}/{request.node.nodeid}")


@pytest.fixture(scope="session")
def relying_on(request: pytest.FixtureRequest) -> Callable[[str], AbstractContextManager[None]]:
    """Give `relying_on(check id)`: a block in which a failure of that earlier check is not repeated.

    What fails inside is *blocked by* that check if it did not pass, and a failure of its own otherwise.
    """
    _session(request)
    return request.config.stash[_REPORTER].relying_on


@pytest.fixture(scope="session")
def run_seed(request: pytest.FixtureRequest) -> str:
    """Give the run's seed as text, for data that several checks share."""
    return str(_session(request).target.seed)


def _session(request: pytest.FixtureRequest) -> Session:
    session = request.config.stash.get(_SESSION, None)
    if session is None:
        pytest.skip(request.config.stash.get(_WHY_NONE, "no running service"))
    return session
