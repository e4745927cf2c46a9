"""An engine that misbehaves is our problem: told in seconds, with what to do, and nothing hangs."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from grader.model.exercise import App, Limits
from grader.model.problem import Blame, StoppedError
from grader.runtimes.base import AppSource, RunContext
from grader.runtimes.docker import DockerRuntime
from grader.runtimes.docker.endpoint import Endpoint
from grader.runtimes.docker.engine import Engine
from grader.runtimes.docker.names import Names
from grader.runtimes.docker.networks import create_inner
from tests import fake_engine
from tests.fake_engine import cuts, engine, fails, hangs_up, says, stalls

if TYPE_CHECKING:
    from pathlib import Path

BROKEN = {
    "stalls": stalls,
    "cuts": cuts,
    "fails": fails,
    "hangs up": hangs_up,
    "babbles": fake_engine.babbles,
}
GONE = says(404, {"message": "No such image"})


@contextmanager
def within(seconds: float):
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


def runtime(url: str, tmp_path: Path, named_by: str = "") -> DockerRuntime:
    context = RunContext(id="feed", folder=tmp_path, cache=tmp_path, seed=1)
    return DockerRuntime(context, Engine(Endpoint(url, named_by), seconds=1.0))


def source(tmp_path: Path) -> AppSource:
    (tmp_path / "package.json").write_text('{"scripts": {"start": "node server.js"}}')
    (tmp_path / "package-lock.json").write_text("{}")
    return AppSource(root=tmp_path, digest="d", app=App(), limits=Limits())


def assert_ours(problem) -> None:
    assert problem is not None
    assert problem.blame is Blame.OURS
    assert problem.message
    assert problem.remedy


def test_probe_is_content_with_a_healthy_engine(tmp_path):
    with engine() as fake:
        assert runtime(fake.url, tmp_path).probe() is None


@pytest.mark.parametrize("how", BROKEN.values(), ids=BROKEN)
def test_probe_names_an_engine_that_misbehaves(how, tmp_path):
    with engine(version=how) as fake, within(5):
        assert_ours(runtime(fake.url, tmp_path).probe())


@pytest.mark.parametrize("how", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("call", ["images", "networks/create", "containers/create", "start"])
def test_any_call_of_a_run_may_fail(call, how, tmp_path):
    with engine(**{call: how}) as fake, within(5):
        target = runtime(fake.url, tmp_path)
        assert target.probe() is None
        with pytest.raises(StoppedError) as stop:
            target.start(target.build(source(tmp_path)), [], {})
        target.close()
    assert_ours(stop.value.problem)


def test_no_engine_names_the_command_that_starts_one(tmp_path):
    problem = runtime(f"unix://{tmp_path}/none.sock", tmp_path).probe()
    assert_ours(problem)
    assert "systemctl start docker" in problem.remedy
    assert "--runtime process" in problem.remedy


def test_wrong_docker_host_is_named(tmp_path):
    problem = runtime("tcp://127.0.0.1:9", tmp_path, named_by="DOCKER_HOST").probe()
    assert_ours(problem)
    assert "DOCKER_HOST" in problem.message
    assert "unset DOCKER_HOST" in problem.remedy


def test_nonsense_as_docker_host_is_named(tmp_path):
    assert_ours(runtime("ftp://nowhere", tmp_path, named_by="DOCKER_HOST").probe())


def test_permission_denied_names_the_group(tmp_path, monkeypatch):
    def refuse(*_args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("socket.socket.connect", refuse)
    problem = runtime("unix:///var/run/docker.sock", tmp_path).probe()
    assert_ours(problem)
    assert "usermod -aG docker" in problem.remedy


def test_old_engine_is_told_what_is_needed(tmp_path):
    with engine(version=says(200, {"ApiVersion": "1.40"})) as fake:
        problem = runtime(fake.url, tmp_path).probe()
    assert_ours(problem)
    assert "1.41" in problem.message


def test_missing_base_image_names_the_commands(tmp_path):
    pull_refused = says(500, {"message": "no registry here"})
    with engine(**{"images/node": GONE, "images/create": pull_refused}) as fake, within(5):
        target = runtime(fake.url, tmp_path)
        with pytest.raises(StoppedError) as stop:
            target.build(source(tmp_path))
        target.close()
    assert_ours(stop.value.problem)
    assert stop.value.problem.stage == "image"
    assert "docker pull node:24-slim" in stop.value.problem.remedy
    assert "scripts/base-images" in stop.value.problem.remedy


def test_overlapping_subnets_are_tried_elsewhere():
    answers = iter([(403, {"message": "Pool overlaps with other one on this address space"})] * 3)

    def overlap_thrice(visit):
        visit.send(*next(answers, (201, {"Id": "n1"})))

    with engine(**{"networks/create": overlap_thrice}) as fake:
        create_inner(Engine(Endpoint(fake.url)), Names("feed"))
    assert sum("networks/create" in asked for asked in fake.asked) == 4


def test_exhausted_subnets_name_the_variable():
    full = says(403, {"message": "Pool overlaps with other one on this address space"})
    with engine(**{"networks/create": full}) as fake, pytest.raises(StoppedError) as stop:
        create_inner(Engine(Endpoint(fake.url)), Names("feed"))
    assert_ours(stop.value.problem)
    assert "GRADER_DOCKER_POOL" in stop.value.problem.remedy


def test_close_never_raises_and_tells_what_it_could_not_do(tmp_path):
    with engine(**{"containers/json": fails, "networks": fails}) as fake:
        target = runtime(fake.url, tmp_path)
        with pytest.raises(StoppedError):
            target.start(target.build(source(tmp_path)), [], {})
        target.close()
        target.close()
    assert target.leftovers


def test_no_password_of_the_user_reaches_the_engine(tmp_path, monkeypatch):
    (tmp_path / "config.json").write_text(
        '{"auths": {"registry.test": {"auth": "c2VjcmV0OnNlY3JldA=="}},'
        ' "proxies": {"default": {"httpProxy": "http://user:secret@proxy.test"}}}'
    )
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with engine() as fake:
        target = runtime(fake.url, tmp_path)
        with pytest.raises(StoppedError):
            target.start(target.build(source(tmp_path)), [], {})
        target.close()
    sent = b"".join(fake.bodies)
    assert any("containers/create" in asked for asked in fake.asked)
    assert b"secret" not in sent
    assert b"c2VjcmV0" not in sent


def test_missing_lockfile_is_told_before_any_call(tmp_path):
    app = source(tmp_path)
    (tmp_path / "package-lock.json").unlink()
    with engine() as fake:
        target = runtime(fake.url, tmp_path)
        with pytest.raises(StoppedError) as stop:
            target.build(app)
    assert stop.value.problem.blame is Blame.LEARNER
    assert stop.value.problem.stage == "build"
    assert "npm install" in stop.value.problem.remedy
    assert fake.asked == []
