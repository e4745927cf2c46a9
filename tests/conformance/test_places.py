"""An empty place, what commands start in it, and what a runtime tells of an app's processes and files."""

from __future__ import annotations

import json
import os

import pytest

from grader.kit import UnmetError
from tests.conformance.test_powers import eventually

BOTH = {"web": "start", "worker": "worker"}
PORTS = {"worker": "WORKER_PORT"}
WRITES = (
    "require('fs').writeFileSync(process.env.FILE, 'here'); console.log(process.env.FILE, process.env.NAME)"
)
LEAVES = """const { spawn } = require('child_process');
const left = spawn(process.execPath, [process.argv[1]], { detached: true, stdio: 'ignore' });
left.unref(); console.log(left.pid);"""


@pytest.fixture
def service(stage, service_of):
    return service_of(stage, stage.start(processes=BOTH, ports=PORTS))


@pytest.fixture
def place(service):
    return service.another(processes=[])


def answers(stage, url):
    try:
        return stage.http.get(url).text
    except Exception:  # noqa: BLE001 - whatever keeps it from answering, it does not
        return ""


def test_second_listener_has_an_address_that_survives_restarts(stage, service):
    url = service.url_of("worker")
    assert eventually(lambda: "worker_up 1" in answers(stage, url))
    before = answers(stage, url)
    service.restart(process="worker")
    assert service.url_of("worker") == url
    assert eventually(lambda: "worker_up 1" in answers(stage, url) != before)


def test_place_runs_nothing_until_it_is_told_to(stage, place):
    assert stage.runtime.state(place.instance.id).running
    assert not answers(stage, f"{place.instance.url}/healthz")
    ended = place.run_command("node", "-e", "console.log('said'); process.exit(4)")
    assert (ended.exit_code, ended.output.strip()) == (4, "said")


def test_command_has_variables_and_a_folder_to_write_to(place):
    ended = place.run_command("node", "-e", WRITES, env={"FILE": "{folder}/mark"})
    path, name = ended.output.split()
    assert (ended.exit_code, name) == (0, "conformance")
    assert place.run_command("cat", path).output == "here"


def test_command_that_outlives_its_time_is_ended(place):
    assert place.run_command("sleep", "60", seconds=0.5).exit_code is None


def test_what_a_command_leaves_serves_and_ends_with_its_place(stage, place):
    pid = int(place.run_command("node", "-e", LEAVES, "server.js").output)
    url = f"{place.instance.url}/pid"
    assert eventually(lambda: answers(stage, url) == str(pid))
    place.kill(pid=pid)
    assert eventually(lambda: not answers(stage, url))
    place.run_command("node", "-e", LEAVES, "server.js")
    assert eventually(lambda: answers(stage, url))
    place.kill()
    assert eventually(lambda: not answers(stage, url))


def test_processes_of_others_are_not_killed(place):
    for pid in (1, os.getpid(), 4_000_000):
        with pytest.raises(UnmetError, match=f"no process {pid}"):
            place.kill(pid=pid)


def test_memory_is_that_of_each_process(service):
    for process in ("web", "worker"):
        sizes = service.memory(process)
        assert any(20 << 20 < size < 500 << 20 for size in sizes), sizes
    assert len(service.memory()) >= 2


def test_files_of_the_app_are_read_and_no_others(stage, service_of):
    (stage.root / "conf").mkdir()
    stage.write("conf/one.yml", "one: 1\n")
    (stage.root / "conf/two.yml").symlink_to("/etc/passwd")
    service = service_of(stage, stage.start())
    assert service.read_files("conf/*.yml") == {"conf/one.yml": "one: 1\n"}
    assert json.loads(service.read_files("package.json")["package.json"])["name"] == "plain"
    assert service.read_files("*.toml") == {}
