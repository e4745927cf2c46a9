"""The sweep ends what a dead run wrote down, and nothing that only has the same number."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from grader.runtimes.process.ledger import Ledger, read_ledger
from grader.runtimes.process.sweep import sweep_process

if TYPE_CHECKING:
    from collections.abc import Iterator

SLEEPER = [sys.executable, "-I", "-S", "-c", "import sys; print(flush=True); sys.stdin.read()"]


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(SLEEPER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={}) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_written_down_process_is_ended(tmp_path, sleeper):
    Ledger(tmp_path, "run").add_process(sleeper.pid)
    sweep_process(tmp_path)
    assert sleeper.wait(5) == -9
    assert read_ledger(tmp_path) is None


def test_process_with_another_start_is_left_alone(tmp_path, sleeper):
    entry = {"pid": sleeper.pid, "created": psutil.Process(sleeper.pid).create_time() - 100}
    (tmp_path / "processes.json").write_text(json.dumps({"run": "run", "data": [], "processes": [entry]}))
    sweep_process(tmp_path)
    assert sleeper.poll() is None


def test_marked_process_is_ended(tmp_path):
    env = {"GRADE_RUN": "marked-run"}
    with subprocess.Popen(SLEEPER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env) as process:
        assert process.stdout is not None
        process.stdout.readline()
        Ledger(tmp_path, "marked-run").add_data(tmp_path / "data")
        sweep_process(tmp_path)
        assert process.wait(5) == -9


def test_data_are_removed(tmp_path):
    (tmp_path / "data/deep").mkdir(parents=True)
    Ledger(tmp_path, "run").add_data(tmp_path / "data")
    sweep_process(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"run": 1}', '{"run": "r", "data": [], "processes": [{}]}'])
def test_unreadable_ledger_ends_nothing(tmp_path, text):
    (tmp_path / "processes.json").write_text(text)
    sweep_process(tmp_path)
    assert read_ledger(tmp_path) is None
