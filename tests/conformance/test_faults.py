"""Every fault is seen by a client inside the app, and is over when it is healed."""

from __future__ import annotations

import json
import threading

import pytest

from grader.kit import BlockedError, Faults, Service
from tests.conformance.test_powers import eventually

SAY = {"to": "REDIS_URL", "say": "PING"}


def ask(stage, url, **query):
    return json.loads(stage.http.get(f"{url}/ask", params={**SAY, **query}).text)


def held(stage, url):
    return json.loads(stage.http.get(f"{url}/held").text)


@pytest.fixture
def service(stage, service_of):
    return service_of(stage, stage.start(services=["redis"], faults=["redis"]))


@pytest.fixture
def faults(service) -> Faults:
    return Faults(service)


def test_faults_show_and_heal(stage, service, faults):
    """One start for all modes: a start costs more than all of them."""
    url = service.instance.url
    assert ask(stage, url)["got"].strip() == "+PONG"
    faults.refuse("redis")
    assert ask(stage, url)["got"] == "ECONNREFUSED"
    faults.reset("redis")
    assert ask(stage, url)["got"] == "ECONNRESET"
    faults.blackhole("redis")
    assert ask(stage, url, ms=700)["got"] == "silence"
    faults.delay("redis", 0.4)
    assert ask(stage, url)["ms"] > 750
    faults.delay("redis", 0.4, direction="up")
    assert 350 < ask(stage, url)["ms"] < 750
    faults.heal("redis")
    assert ask(stage, url)["got"].strip() == "+PONG"
    assert faults.traffic("redis").mode == "pass"


def test_throttled_bytes_trickle(stage, service, faults):
    url, long = service.instance.url, "x" * 3000
    faults.throttle("redis", 2000, direction="down")
    slow = ask(stage, url, say=f"ECHO {long}", bytes=3000)
    faults.heal("redis")
    fast = ask(stage, url, say=f"ECHO {long}", bytes=3000)
    assert slow["got"] == fast["got"]
    assert slow["ms"] > 1000 > fast["ms"]


@pytest.mark.parametrize("mode", ["refuse", "reset", "cut"])
def test_open_connections_are_reset(stage, service, faults, mode):
    url = service.instance.url
    stage.http.get(f"{url}/hold", params={"to": "REDIS_URL"})
    getattr(faults, mode)("redis")
    assert eventually(lambda: held(stage, url)["fate"] == "ECONNRESET")
    if mode == "cut":
        assert ask(stage, url)["got"].strip() == "+PONG"


def test_what_a_blackhole_held_arrives_afterwards(stage, service, faults):
    url = service.instance.url
    stage.http.get(f"{url}/hold", params={"to": "REDIS_URL"})
    faults.blackhole("redis")
    stage.http.get(f"{url}/say", params={"text": "PING"})
    assert ask(stage, url, ms=500)["got"] == "silence"
    assert held(stage, url) == {"got": "", "fate": ""}
    faults.heal("redis")
    assert eventually(lambda: held(stage, url)["got"].strip() == "+PONG")


def test_traffic_is_counted_and_the_graders_own_is_not(stage, service, faults):
    import redis  # noqa: PLC0415

    with redis.Redis.from_url(service.admin_url("redis")) as admin:
        faults.refuse("redis")
        assert admin.ping()
        faults.heal("redis")
    before = faults.traffic("redis")
    ask(stage, service.instance.url)
    after = faults.traffic("redis")
    assert after.connections == before.connections + 1
    assert (after.bytes_up - before.bytes_up, after.bytes_down - before.bytes_down) == (6, 7)


def test_fresh_services_have_faults_of_their_own(stage, service, faults):
    fresh = service.another(fresh=True)
    faults.of(fresh).refuse("redis")
    assert ask(stage, fresh.instance.url)["got"] == "ECONNREFUSED"
    assert ask(stage, service.instance.url)["got"].strip() == "+PONG"
    faults.heal_all()
    assert ask(stage, fresh.instance.url)["got"].strip() == "+PONG"


def test_database_can_be_cut_too(stage, service_of):
    service = service_of(stage, stage.start(services=["postgres"], faults=["postgres"]))
    faults = Faults(service)
    with faults.refused("postgres"):
        assert ask(stage, service.instance.url, to="DATABASE_URL")["got"] == "ECONNREFUSED"
    assert ask(stage, service.instance.url, to="DATABASE_URL", ms=300)["got"] != "ECONNREFUSED"


def test_fault_without_a_proxy_is_our_error(stage, service_of):
    service = service_of(stage, stage.start(services=["redis"]))
    with pytest.raises(Exception, match="no fault proxy stands before `redis`"):
        service.fault("redis", "cut")
    assert not isinstance(service, BlockedError)


def test_run_that_ends_in_a_blackhole_ends_at_once(stage, service, faults):
    url = service.instance.url
    faults.blackhole("redis")
    asking = threading.Thread(target=lambda: stage.http.get(f"{url}/hold", params={"to": "REDIS_URL"}))
    asking.start()
    asking.join()
    stage.runtime.close()
    assert isinstance(service, Service)
