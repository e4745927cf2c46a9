"""What the kit makes of a learner's Prometheus settings and of what PM2 says."""

from __future__ import annotations

import json
import math

import pytest

from grader.kit import Client, UnmetError, pm2, prometheus, yaml_text
from grader.kit.service import ScriptRun
from tests.hostile_http import answers, serving


def test_settings_reach_only_the_given_hosts() -> None:
    """What would send data elsewhere is left out, and labels stay as they would be."""
    settings = {
        "remote_write": [{"url": "http://elsewhere"}],
        "alerting": {},
        "global": {"scrape_interval": "15s", "external_labels": {"a": "b"}},
        "scrape_configs": [
            {"job_name": "api", "dns_sd_configs": [{}], "static_configs": [{"targets": ["api:1"]}]}
        ],
    }
    run = prometheus.as_run(settings, {"api:1": "web"})
    assert set(run) == {"global", "scrape_configs"}
    assert run["global"]["external_labels"] == {"a": "b"}
    assert run["global"]["scrape_interval"] == "1s"
    (job,) = run["scrape_configs"]
    assert "dns_sd_configs" not in job
    assert [rule["target_label"] for rule in job["relabel_configs"]] == ["instance", "__address__"]
    assert job["relabel_configs"][1]["replacement"] == "{address:web}"
    assert yaml_text.mapping("p.yml", yaml_text.dump(run)) == run


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"global": None, "scrape_configs": None},
        {"global": 1, "scrape_configs": [1, {"relabel_configs": 1}]},
    ],
)
def test_odd_settings_are_no_error_of_ours(settings: dict[str, object]) -> None:
    """promtool says what is wrong with them."""
    assert prometheus.as_run(settings, {"api:1": "web"})["global"]["scrape_interval"] == "1s"


@pytest.mark.parametrize("text", ["a: [", "- a", "!!python/object:os.system {}", ""])
def test_yaml_that_is_none_is_the_learners_failure(text: str) -> None:
    """Nothing in a file is the grader's error, and nothing in it is run."""
    with pytest.raises(UnmetError):
        yaml_text.mapping("a.yml", text)


def asked(kind: str, result: object, status: str = "200 OK") -> list[prometheus.Series]:
    body = json.dumps({"status": "success", "error": "no", "data": {"resultType": kind, "result": result}})
    with serving(answers(body.encode(), status=status)) as server:
        return prometheus.Prometheus(Client(server.url)).query("x")


def test_answers_are_read_by_their_type() -> None:
    """A number of its own is a series without labels; NaN is kept."""
    assert asked("scalar", [1, "2.5"]) == [prometheus.Series({}, 2.5)]
    (series,) = asked("vector", [{"metric": {"a": "b"}, "value": [1, "NaN"]}])
    assert series.labels == {"a": "b"}
    assert math.isnan(series.value)


@pytest.mark.parametrize(
    ("kind", "result", "status"),
    [
        ("matrix", [{"metric": {}, "values": [[1, "2"]]}], "200 OK"),
        ("string", [1, "text"], "200 OK"),
        ("vector", [], "400 Bad Request"),
        ("vector", [], "422 Unprocessable Entity"),
    ],
)
def test_queries_that_give_no_numbers_are_the_learners(kind: str, result: object, status: str) -> None:
    """A range, a text and what cannot be evaluated are told as such."""
    with pytest.raises(UnmetError, match="query"):
        asked(kind, result, status)


class _Place:
    """A place whose only command says one thing."""

    def __init__(self, output: str) -> None:
        self.output = output

    def run_command(self, *_command: str, **_options: object) -> ScriptRun:
        return ScriptRun(0, self.output)


ENV = {"status": "online", "restart_time": 2, "pm_out_log_path": "/o", "pm_err_log_path": "/e"}
ROW = {"name": "api", "pid": 42, "pm2_env": ENV}


@pytest.mark.parametrize("before", ["", "[PM2] Spawning PM2 daemon\n[] done\n\n"])
def test_processes_are_found_behind_a_banner(before: str) -> None:
    """The first call of PM2 greets before it answers."""
    found = pm2.Pm2(_Place(before + json.dumps([ROW])), {}).processes()  # type: ignore[arg-type]
    assert [(one.name, one.pid, one.status, one.restarts, one.out) for one in found] == [
        ("api", 42, "online", 2, "/o")
    ]


@pytest.mark.parametrize("output", ["", "[", "{}", '[{"name": 1}]', "[PM2][ERROR] no"])
def test_what_lists_nothing_is_unmet(output: str) -> None:
    """A PM2 that does not list its processes is the learner's to mend."""
    with pytest.raises(UnmetError, match="jlist"):
        pm2.Pm2(_Place(output), {}).processes()  # type: ignore[arg-type]


def test_odd_facts_of_processes_are_read_as_none() -> None:
    """A pid or a status may be missing."""
    row = {"name": "api", "pid": None, "pm2_env": {"restart_time": "x", "max_memory_restart": True}}
    (one,) = pm2.Pm2(_Place(json.dumps([row])), {}).processes()  # type: ignore[arg-type]
    assert (one.pid, one.status, one.restarts, one.memory_cap) == (0, "", 0, 0)
