"""Which engine is talked to: the one the docker command would talk to."""

from __future__ import annotations

import hashlib
import json

from grader.runtimes.docker.endpoint import DEFAULT, Endpoint, find_endpoint
from grader.runtimes.docker.logs import read_log


def with_context(folder, name: str, url: str) -> None:
    (folder / "config.json").write_text(json.dumps({"currentContext": name}))
    meta = folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    meta.mkdir(parents=True)
    (meta / "meta.json").write_text(json.dumps({"Endpoints": {"docker": {"Host": url}}}))


def test_docker_host_wins(tmp_path):
    with_context(tmp_path, "desktop", "unix:///desktop.sock")
    env = {"DOCKER_HOST": "tcp://x:1", "DOCKER_CONFIG": str(tmp_path)}
    assert find_endpoint(env) == Endpoint("tcp://x:1", "DOCKER_HOST")


def test_the_current_context_is_followed(tmp_path):
    with_context(tmp_path, "desktop", "unix:///desktop.sock")
    found = find_endpoint({"DOCKER_CONFIG": str(tmp_path)})
    assert found == Endpoint("unix:///desktop.sock", "the docker context 'desktop'")


def test_nothing_said_is_the_default(tmp_path):
    assert find_endpoint({"DOCKER_CONFIG": str(tmp_path)}) == Endpoint(DEFAULT)


def test_a_broken_configuration_is_the_default(tmp_path):
    (tmp_path / "config.json").write_text("{")
    assert find_endpoint({"DOCKER_CONFIG": str(tmp_path)}) == Endpoint(DEFAULT)


def test_log_lines_keep_their_time():
    raw = b"2026-01-02T03:04:05.123456789Z hello \x1b[31mred\x1b[0m\nno stamp\n"
    lines = list(read_log(raw))
    assert [line.text for line in lines] == ["hello red"]
    assert lines[0].at == 1767323045.123456
