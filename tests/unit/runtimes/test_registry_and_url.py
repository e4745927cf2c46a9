"""Runtimes are chosen by name; a URL is graded as it is."""

from __future__ import annotations

import http.server
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.model.exercise import App, Limits
from grader.model.problem import Blame, StoppedError
from grader.model.target import Instance
from grader.runtimes import registry
from grader.runtimes.base import AppSource, RunContext
from grader.runtimes.url import UrlRuntime

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTEXT = RunContext(id="a1", folder=Path("/nowhere"), cache=Path("/nowhere"), seed=0)


@pytest.fixture
def url() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_url_that_answers_is_taken_as_it_is(url):
    runtime = UrlRuntime(CONTEXT, f"{url}/")
    source = AppSource(root=Path(), digest="0", app=App(), limits=Limits())
    assert runtime.probe() is None
    assert runtime.start(runtime.build(source), [], {"ADMIN_EMAIL": "a@b.test"}) == Instance(
        id="app", url=url, env={"ADMIN_EMAIL": "a@b.test"}
    )
    assert (runtime.state("app").running, runtime.logs("app", 0), runtime.powers) == (True, [], frozenset())


def test_url_that_is_silent_is_the_learners_to_mend():
    problem = UrlRuntime(CONTEXT, "http://127.0.0.1:9").probe()
    assert problem is not None
    assert (problem.blame, bool(problem.remedy)) == (Blame.LEARNER, True)


@pytest.mark.parametrize(
    "text", ["", "localhost:3000", "ftp://127.0.0.1", "http://", "http://a:99999", "http://[::1"]
)
def test_text_that_is_no_url_is_refused(text):
    problem = UrlRuntime(CONTEXT, text).probe()
    assert problem is not None
    assert problem.blame is Blame.USAGE


def test_power_of_a_url_is_refused():
    with pytest.raises(StoppedError, match="did not start") as caught:
        UrlRuntime(CONTEXT, "http://127.0.0.1:9").power("restart", {})
    assert caught.value.problem.blame is Blame.MISSING


def test_unknown_runtime_is_refused():
    with pytest.raises(StoppedError, match="no runtime `podman`") as caught:
        registry.choose("podman")
    assert "auto, docker, process, url" in caught.value.problem.remedy


@pytest.mark.parametrize("name", registry.RUNTIMES)
def test_named_runtime_is_taken(name):
    assert registry.choose(name) == (name, "you asked for it")


def test_auto_without_an_engine_is_process(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    name, why = registry.choose("auto")
    assert name == "process"
    assert "Docker engine" in why


@pytest.mark.parametrize("name", registry.RUNTIMES)
def test_runtime_is_made_by_name(name):
    runtime = registry.create(name, CONTEXT, url="http://127.0.0.1:9")
    assert runtime.name == name
    runtime.close()
