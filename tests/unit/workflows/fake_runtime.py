"""A runtime that starts nothing: its app is a server of the test's own."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from grader.model.target import Instance, InstanceState
from grader.runtimes import registry
from tests.unit.workflows.server import answering_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from grader.model.problem import StoppedError


class FakeRuntime:
    """A runtime whose app is a server of the test's own; `fault` is raised where it is told to."""

    powers = frozenset[str]()
    name = "fake"

    def __init__(self, url: str, fault: StoppedError | None = None) -> None:
        self.url, self.fault, self.closed = url, fault, 0
        self.env: dict[str, str] = {}

    def probe(self) -> None:
        return None

    def build(self, source: Any) -> Any:
        if self.fault:
            raise self.fault
        return source

    def start(self, _build: Any, _services: Any, env: Any) -> Instance:
        self.env = dict(env)
        return Instance(id="app", url=self.url)

    def power(self, name: str, _args: Any) -> dict[str, Any]:
        raise AssertionError(name)

    def state(self, _instance: str) -> InstanceState:
        return InstanceState(running=True)

    def logs(self, _instance: str, _since: float) -> list[Any]:
        return []

    def close(self) -> None:
        self.closed += 1


@contextmanager
def serving(
    monkeypatch: pytest.MonkeyPatch, statuses: dict[str, int], fault: StoppedError | None = None
) -> Iterator[FakeRuntime]:
    """Put a fake runtime in the registry, whose app answers these paths."""
    with answering_server(statuses) as url:
        runtime = FakeRuntime(url, fault)
        monkeypatch.setattr(registry, "choose", lambda _name: ("fake", "for the test"))
        monkeypatch.setattr(registry, "create", lambda *_args, **_options: runtime)
        yield runtime
