"""An app of several processes: each can be started, ended and told apart."""

from __future__ import annotations

import time

import pytest

from grader.kit.verdicts import GraderError
from grader.model.problem import Blame, StoppedError
from tests.conformance.conftest import SOON
from tests.conformance.test_powers import eventually

BOTH = {"web": "start", "worker": "worker"}


def lines(stage, process):
    return [line.text for line in stage.runtime.logs("app", 0.0) if line.process == process]


def alive(stage, process):
    return [text for text in lines(stage, process) if text.startswith("worker ")]


@pytest.fixture
def service(stage, service_of):
    return service_of(stage, stage.start(processes=BOTH))


def test_log_says_which_process_spoke(stage, service):
    assert eventually(lambda: len(alive(stage, "worker")) == 1)
    assert any(text.startswith("listening") for text in lines(stage, ""))


def test_service_tells_what_a_process_printed(stage, service):
    assert eventually(lambda: len(alive(stage, "worker")) == 1)
    own = service.printed(0.0, process="worker")
    assert own == lines(stage, "worker")
    assert service.printed(0.0, process="web") == lines(stage, "")
    assert set(own) < set(service.printed(0.0))
    assert service.printed(time.time() + 60) == []


def test_worker_alone_is_killed_stopped_and_restarted(stage, service):
    service.kill(process="worker")
    assert stage.runtime.state("app").running
    assert stage.http.get(f"{service.instance.url}/healthz").text == "ok"
    service.restart(process="worker")
    assert eventually(lambda: len(alive(stage, "worker")) == 2)
    assert service.stop(process="worker").exit_code == 3
    assert "worker asked to end" in lines(stage, "worker")
    assert stage.http.get(f"{service.instance.url}/healthz").text == "ok"
    assert stage.runtime.state("app").running


def test_web_alone_is_restarted(stage, service):
    before = stage.http.get(f"{service.instance.url}/pid").text
    service.restart(process="web", env={"NAME": "changed"})
    assert "changed" in stage.http.get(f"{service.instance.url}/env").text
    assert len(alive(stage, "worker")) == 1
    assert stage.runtime.state("app").running
    assert before


def test_copies_come_and_go(stage, service):
    service.scale("worker", 2)
    assert eventually(lambda: len(alive(stage, "worker-2")) == 1)
    service.kill(process="worker")
    service.scale("worker", 1)
    assert eventually(lambda: len(alive(stage, "worker")) == 2)
    assert eventually(lambda: "worker asked to end" in lines(stage, "worker-2"))
    service.scale("worker", 0)
    assert "worker asked to end" in lines(stage, "worker")
    assert stage.runtime.state("app").running


def test_instance_with_the_web_process_only(stage, service):
    other = service.another(processes=["web"])
    assert stage.http.get(f"{other.instance.url}/healthz").text == "ok"
    with pytest.raises(GraderError, match="no process `worker` was started"):
        other.kill(process="worker")
    printed = {line.process for line in stage.runtime.logs(other.instance.id, 0.0)}
    assert printed == {""}


def test_worker_that_dies_at_start_is_diagnosed(stage):
    with pytest.raises(StoppedError, match="process `worker` exited with code 6") as caught:
        stage.start(processes=BOTH, env={"WORKER_DIES": "1"})
    problem = caught.value.problem
    assert (problem.blame, problem.stage, problem.log) == (
        Blame.LEARNER,
        "start",
        "there is no queue to work on",
    )


def test_worker_that_ends_unasked_is_named(stage, service_of):
    env = {"REDIS_URL": "{redis}", "WORKER_NEEDS": "REDIS_URL"}
    instance = stage.start(processes=BOTH, services=["redis"], faults=["redis"], env=env)
    service_of(stage, instance).fault("redis", "refuse")
    assert eventually(lambda: not stage.runtime.state("app").running, seconds=20)
    state = stage.runtime.state("app")
    assert (state.process, state.exit_code) == ("worker", 9)


@pytest.mark.parametrize(
    ("dependency", "mode", "said"),
    [
        ("redis", "refuse", r"could not connect to .*REDIS_URL"),
        ("smtp", "blackhole", r"listened on no port"),
    ],
)
def test_app_that_cannot_start_without_a_dependency(stage, service_of, dependency, mode, said):
    first = service_of(stage, stage.start(services=[dependency], faults=[dependency], limits=SOON))
    first.fault(dependency, mode)
    with pytest.raises(StoppedError, match=said) as caught:
        stage.power("instance", env={"NEEDS": f"{dependency.upper()}_URL"}, fresh=False)
    assert caught.value.problem.blame is Blame.LEARNER
