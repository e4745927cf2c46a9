"""A real Prometheus beside an app: it scrapes by given settings, and refuses what promtool refuses."""

from __future__ import annotations

import shutil

import pytest

from grader.kit import BlockedError, UnmetError, prometheus
from grader.runtimes import versions
from tests.conformance.test_places import BOTH, PORTS
from tests.conformance.test_powers import eventually

HOSTS = {"api:3000": "web", "worker:9464": "worker"}
SETTINGS = """
global: { scrape_interval: 1h, external_labels: { kept: "yes" } }
rule_files: [rules.yml]
remote_write: [{ url: "http://127.0.0.1:9/" }]
scrape_configs:
  - job_name: api
    scrape_interval: 1h
    static_configs: [{ targets: ["api:3000"] }]
  - job_name: worker
    http_sd_configs: [{ url: "http://127.0.0.1:9/" }]
    static_configs: [{ targets: ["worker:9464"] }]
  - job_name: stranger
    static_configs: [{ targets: ["stranger:1"] }]
"""
RULES = "groups: [{ name: all, rules: [{ record: both, expr: web_up + on() worker_up }] }]"


@pytest.fixture
def service(kind, stage, service_of):
    if kind == "process" and shutil.which("promtool") is None:
        pytest.skip("Prometheus is not installed: scripts/prepare-prometheus")
    return service_of(stage, stage.start(processes=BOTH, ports=PORTS))


def test_scrapes_what_the_settings_name(service):
    server = prometheus.start(service, {"p.yml": SETTINGS, "rules.yml": RULES}, "p.yml", HOSTS)
    assert eventually(lambda: server.total("web_up"), 20)
    assert eventually(lambda: server.total("worker_up"), 20)
    assert eventually(lambda: server.total("both") == 2, 20)
    health = {(one.job, one.address): one.health for one in server.targets()}
    assert health["api", "api:3000"] == health["worker", "worker:9464"] == "up"
    assert health["stranger", "stranger:1"] != "up"
    assert {one.labels["instance"] for one in server.query("up == 1")} == set(HOSTS)
    with pytest.raises(UnmetError, match="PromQL"):
        server.query("sum(")
    before = server.total("worker_began")
    service.restart(process="worker")
    assert eventually(lambda: server.total("worker_began") > before, 20)


def test_refuses_what_promtool_refuses(service):
    broken = SETTINGS.replace("static_configs", "static_config")
    with pytest.raises(UnmetError, match="does not take its configuration") as caught:
        prometheus.start(service, {"p.yml": broken, "rules.yml": RULES}, "p.yml", HOSTS)
    assert "static_config" in caught.value.actual


def test_is_blocked_where_there_is_none(kind, service, monkeypatch):
    if kind == "process":
        monkeypatch.setenv("PATH", "/nowhere")
    else:
        monkeypatch.setitem(versions.IMAGES, "prometheus", "grader/no-such-image:1")
    with pytest.raises(BlockedError, match=r"install it|docker pull"):
        prometheus.start(service, {"p.yml": SETTINGS, "rules.yml": RULES}, "p.yml", HOSTS)
