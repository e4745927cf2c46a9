"""Ctrl-C, SIGTERM and SIGKILL of the real command line: the engine keeps nothing of the run."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from grader.runtimes.docker.names import RUN
from tests.e2e.terminal import CTRL_C, trying_again
from tests.e2e.trial import FILES, PROGRESS, Trial, finish, plant, read_until

if TYPE_CHECKING:
    from pathlib import Path

    from grader.runtimes.docker.engine import Engine

pytestmark = pytest.mark.docker

COMMAND = ("phase1", "--runtime", "docker", "--json", "-")


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    """The small repository, its app never answering the first check."""
    root, tmp = tmp_path / "repository", tmp_path / "tmp"
    tmp.mkdir(mode=0o711)
    plant(root, FILES)
    trial = Trial(root, tmp)
    server = (trial.starter / "server.js").read_text()
    hangs = 'if (request.url === "/hello") return;\n  response.statusCode'
    trial.write("server.js", server.replace("response.statusCode", hangs, 1))
    return trial


def left(engine: Engine, run: str) -> list[str]:
    label = f"{RUN}={run}"
    return [one["Id"] for one in (*engine.containers(label), *engine.networks(label))]


@pytest.mark.parametrize(
    ("until", "number"),
    [("▸ 2 checks", signal.SIGINT), ("▸ starting", signal.SIGTERM)],
    ids=["checks", "start"],
)
def test_interrupted_run_leaves_nothing(trial: Trial, engine: Engine, until: str, number: int) -> None:
    """No container, no network, no folder; progress.md as it was."""
    command = trial.begin(*COMMAND)
    read_until(command, until)
    (run,) = trial.runs()
    command.send_signal(number)
    done = finish(command)

    assert (done.code, done.document["problem"]["stage"]) == (130, "interrupted")
    assert left(engine, run.name) == []
    trial.assert_nothing_left()
    assert trial.progress.read_text() == PROGRESS


def test_ctrl_c_while_a_worker_tries_again_leaves_nothing(tmp_path: Path, engine: Engine) -> None:
    """No container of app or services, no network, volume, process or folder; progress.md as it was."""
    with trying_again("docker", tmp_path, 300) as (terminal, trial):
        (run,) = trial.runs()
        volumes = volumes_of(engine, run.name)
        assert left(engine, run.name) != []
        terminal.press(CTRL_C)
        code = terminal.ended()

        assert code == 130
        assert left(engine, run.name) == []
        assert volumes & {one["Name"] for one in engine.api.volumes()["Volumes"] or ()} == set()
        trial.assert_nothing_left(run.name)


def volumes_of(engine: Engine, run: str) -> set[str]:
    """Return the volumes that a run's containers have now, named or not."""
    mounts = [mount for one in engine.containers(f"{RUN}={run}") for mount in one.get("Mounts", ())]
    return {mount["Name"] for mount in mounts if mount["Type"] == "volume"}


def test_killed_run_is_swept_by_the_next(trial: Trial, engine: Engine) -> None:
    """After SIGKILL, whatever is graded next clears up."""
    command = trial.begin(*COMMAND)
    read_until(command, "▸ 2 checks")
    (run,) = trial.runs()
    command.kill()
    finish(command)
    assert left(engine, run.name) != []
    next_run = trial.grade("phase1", "--url", "http://127.0.0.1:9", "--json", "-")

    assert next_run.document["problem"]["stage"] == "start"
    assert left(engine, run.name) == []
    trial.assert_nothing_left()
    assert trial.progress.read_text() == PROGRESS
