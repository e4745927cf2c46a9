"""Every runtime starts an app, or says by name why it did not."""

from __future__ import annotations

import json
import os

import pytest

from grader.model.problem import Blame, StoppedError
from tests.conformance.conftest import SOON


def test_started_app_answers_through_its_url(stage):
    instance = stage.start()
    assert stage.http.get(f"{instance.url}/healthz").text == "ok"
    assert instance.url.startswith("http://127.0.0.1:")


def test_app_gets_the_variables_it_was_promised(stage):
    instance = stage.start()
    env = json.loads(stage.http.get(f"{instance.url}/env").text)
    assert {name: env[name] for name in instance.env} == dict(instance.env)
    assert (len(env["SECRET"]), env["NAME"], env["NODE_ENV"]) == (16, "conformance", "production")
    assert (env["npm_package_version"], env["npm_lifecycle_event"]) == ("1.2.3", "start")


def test_app_sees_nothing_of_the_grader(stage, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "leaked")
    instance = stage.start()
    env = json.loads(stage.http.get(f"{instance.url}/env").text)
    assert "leaked" not in env.values()
    assert env["HOME"] != os.environ["HOME"] or env["HOME"].startswith("/home/node")


def test_prepare_runs_with_the_fresh_services(stage):
    stage.start(services=["postgres"], prepare=["db:migrate"])
    with pytest.raises(StoppedError, match="migration failed"):
        stage.power("instance", env={"DATABASE_URL": None}, fresh=True)


def test_hooks_of_a_script_run_too(stage):
    package = json.loads((stage.root / "package.json").read_text())
    package["scripts"] |= {"prestart": "echo before || exit 1", "start": "NAME=from-script node server.js"}
    stage.write("package.json", json.dumps(package))
    instance = stage.start()
    assert json.loads(stage.http.get(f"{instance.url}/env").text)["NAME"] == "from-script"
    assert "before" in [line.text for line in stage.runtime.logs("app", 0)]


def test_all_processes_of_the_app_run(stage):
    stage.start(processes={"web": "start", "worker": "sleep"})
    assert "asleep" in [line.text for line in stage.runtime.logs("app", 0)]


@pytest.mark.parametrize(
    ("app", "said"),
    [
        ("wrong-port", r"wrong port: on .*:45731"),
        ("never-listens", r"listened on no port"),
        ("unhealthy", r"/healthz answered 503"),
        ("no-health", r"/healthz answered 404"),
        ("silent", r"/healthz got no answer"),
        ("exits", r"exited with code 7"),
        ("ends", r"ended by itself with code 0"),
        ("missing-variable", r"STRIPE_API_KEY"),
        ("missing-module", r"left-pad is not installed"),
        ("crash-loop", r"crash loop"),
        ("floods", r"exited with code 9"),
    ],
)
def test_app_that_does_not_start_is_diagnosed(stage_of, app, said):
    with pytest.raises(StoppedError, match=said) as caught:
        stage_of(app).start(limits=SOON)
    problem = caught.value.problem
    assert (problem.blame, problem.stage) == (Blame.LEARNER, "start")
    assert problem.remedy
    assert len(problem.log) < 100_000


def test_listening_on_loopback_is_told_where_it_does_not_do(stage_of, kind):
    stage = stage_of("loopback")
    if kind == "process":
        assert stage.http.get(f"{stage.start().url}/healthz").text == "ok"
        return
    with pytest.raises(StoppedError, match=r"listens only on 127\.0\.0\.1"):
        stage.start(limits=SOON)


def test_failing_prepare_script_is_named(stage):
    stage.write("scripts/migrate.js", "console.error('no such table'); process.exit(4)\n")
    with pytest.raises(StoppedError, match=r"migration failed.*db:migrate.*4") as caught:
        stage.start(services=["postgres"], prepare=["db:migrate"])
    assert (caught.value.problem.blame, caught.value.problem.stage) == (Blame.LEARNER, "prepare")
    assert "no such table" in caught.value.problem.log


@pytest.mark.parametrize("where", ["prepare", "processes"])
def test_missing_script_is_named(stage, where):
    how = {"prepare": ["db:absent"]} if where == "prepare" else {"processes": {"web": "db:absent"}}
    with pytest.raises(StoppedError, match="db:absent") as caught:
        stage.start(**how)
    assert caught.value.problem.blame is Blame.LEARNER
    assert "package.json" in caught.value.problem.remedy


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("package.json", None, "package.json"),
        ("package.json", "{", "package.json"),
        ("package-lock.json", None, "package-lock.json"),
        ("package-lock.json", "{", "package-lock.json"),
    ],
)
def test_broken_manifest_stops_the_build(stage, name, text, said):
    (stage.root / name).unlink()
    if text is not None:
        stage.write(name, text)
    with pytest.raises(StoppedError) as caught:
        stage.start()
    problem = caught.value.problem
    assert (problem.blame, problem.stage) == (Blame.LEARNER, "build")
    assert said in problem.message + problem.log


def test_lockfile_of_another_manifest_stops_the_build(stage):
    package = json.loads((stage.root / "package.json").read_text())
    package["dependencies"] = {"express": "^5.0.0"}
    stage.write("package.json", json.dumps(package))
    with pytest.raises(StoppedError) as caught:
        stage.start()
    assert (caught.value.problem.blame, caught.value.problem.stage) == (Blame.LEARNER, "build")
    assert caught.value.problem.remedy
