"""Every power does what `grader.runtimes.base` says, on every runtime."""

from __future__ import annotations

import json
import time

import httpx
import psycopg
import pytest

from tests.conformance.conftest import LIMITS


def env_of(stage, url: str) -> dict[str, str]:
    return json.loads(stage.http.get(f"{url}/env").text)


def eventually(holds, seconds=5.0):
    """Ask until it holds; the last answer decides."""
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        pass
    return holds()


def texts(stage, instance="app", since=0.0):
    return [line.text for line in stage.runtime.logs(instance, since)]


def test_second_instance_has_its_own_variables(stage):
    first = stage.start()
    second = stage.power("instance", env={"NAME": "other", "SECRET": None}, fresh=False)
    assert second["url"] != first.url
    seen = env_of(stage, second["url"])
    assert (seen["NAME"], seen.get("SECRET")) == ("other", None)
    assert env_of(stage, first.url)["NAME"] == "conformance"


def test_fresh_services_are_empty_and_separate(stage):
    first = stage.start(services=["postgres"])
    with psycopg.connect(first.services["postgres"]) as connection:
        connection.execute("CREATE TABLE mine (id int)")
    shared = stage.power("instance", env={}, fresh=False)
    fresh = stage.power("instance", env={}, fresh=True)
    for instance, expected in ((shared, True), (fresh, False)):
        with psycopg.connect(instance["services"]["postgres"]) as connection:
            found = connection.execute("SELECT to_regclass('mine') IS NOT NULL").fetchone()
        assert found == (expected,)


def test_app_owns_its_database_and_is_no_superuser(stage):
    instance = stage.start(services=["postgres"])
    with psycopg.connect(instance.services["postgres"]) as connection:
        row = connection.execute(
            "SELECT r.rolsuper, current_setting('is_superuser') FROM pg_database d"
            " JOIN pg_roles r ON r.oid = d.datdba WHERE d.datname = current_database()"
        ).fetchone()
    assert row == (False, "on")


def test_script_runs_with_the_instances_variables(stage):
    stage.start()
    done = stage.power("run_script", instance="app", name="say", seconds=10)
    assert done["exit_code"] == 3
    assert sorted(done["output"].splitlines()) == ["name is conformance", "to stderr"]


def test_script_that_outlives_its_time_has_no_exit_code(stage):
    stage.start()
    done = stage.power("run_script", instance="app", name="sleep", seconds=1)
    assert (done["exit_code"], done["output"].strip()) == (None, "asleep")


def test_trial_start_that_exits_says_how(stage):
    stage.start()
    done = stage.power("try_start", env={"REFUSE": "not today"}, seconds=10)
    assert (done["exited"], done["exit_code"]) == (True, 1)
    assert "not today" in done["output"]


def test_trial_start_that_listens_is_ended(stage):
    stage.start()
    began = time.monotonic()
    done = stage.power("try_start", env={}, seconds=30)
    assert (done["exited"], done["exit_code"]) == (False, None)
    assert time.monotonic() - began < 15


def test_killed_instance_is_gone_and_no_crash(stage):
    instance = stage.start()
    assert stage.power("kill", instance="app", signal="SIGKILL") == {}
    with pytest.raises(httpx.TransportError):
        stage.http.get(f"{instance.url}/healthz")
    state = stage.runtime.state("app")
    assert (state.running, state.exit_code) == (False, None)


def test_signal_is_delivered(stage):
    stage.start()
    stage.power("kill", instance="app", signal="SIGUSR2")
    assert eventually(lambda: "got SIGUSR2" in texts(stage))
    assert stage.runtime.state("app").running


def test_stop_lets_the_app_end_itself(stage):
    stage.start(env={"EXIT_CODE": "5"})
    done = stage.power("stop", instance="app")
    assert done["exit_code"] == 5
    assert done["seconds"] < LIMITS.stop
    assert "asked to end" in texts(stage)


def test_stop_of_a_stubborn_app_has_no_exit_code(stage):
    stage.start(env={"STUBBORN": "1"})
    done = stage.power("stop", instance="app")
    assert done["exit_code"] is None
    assert not stage.runtime.state("app").running


@pytest.mark.parametrize("before", ["running", "stopped", "crashed"])
def test_restart_keeps_url_and_data(stage, before):
    first = stage.start(services=["postgres"])
    with psycopg.connect(first.services["postgres"]) as connection:
        connection.execute("CREATE TABLE mine (id int)")
    if before == "stopped":
        stage.power("stop", instance="app")
    if before == "crashed":
        stage.http.get(f"{first.url}/exit", params={"code": 1})
    again = stage.power("restart", instance="app", env={"NAME": "changed"})
    assert (again["id"], again["url"]) == (first.id, first.url)
    assert env_of(stage, first.url)["NAME"] == "changed"
    assert stage.runtime.state("app").running
    with psycopg.connect(again["services"]["postgres"]) as connection:
        assert connection.execute("SELECT to_regclass('mine') IS NOT NULL").fetchone() == (True,)


def test_crash_is_seen_with_its_exit_code(stage):
    instance = stage.start()
    assert stage.runtime.state("app").running
    stage.http.get(f"{instance.url}/log", params={"text": "about to fall"})
    stage.http.get(f"{instance.url}/exit", params={"code": 42})
    assert eventually(lambda: not stage.runtime.state("app").running)
    state = stage.runtime.state("app")
    assert state.exit_code == 42
    assert "about to fall" in state.tail


def test_logs_start_at_the_time_asked_for(stage):
    instance = stage.start()
    stage.http.get(f"{instance.url}/log", params={"text": "early"})
    assert eventually(lambda: "early" in texts(stage))
    middle = time.time()
    stage.http.get(f"{instance.url}/log", params={"text": "\x1b[31mlate\x07"})
    assert eventually(lambda: len(texts(stage, since=middle)) == 1)
    assert "late" in texts(stage, since=middle)[0]
    assert "\x1b" not in texts(stage, since=middle)[0]


def test_flood_of_lines_is_bounded(stage):
    instance = stage.start()
    stage.http.get(f"{instance.url}/flood", params={"width": 100, "lines": 100_000})
    assert eventually(lambda: len(texts(stage)) == 2000, seconds=20)
    assert stage.http.get(f"{instance.url}/healthz").text == "ok"


def test_line_of_thirty_megabytes_is_bounded(stage):
    instance = stage.start()
    stage.http.get(f"{instance.url}/flood", params={"width": 30_000_000, "lines": 1})
    assert stage.http.get(f"{instance.url}/healthz").text == "ok"
    assert eventually(lambda: any("xxx" in text for text in texts(stage)), seconds=20)
    assert max(map(len, texts(stage))) < 20_000
