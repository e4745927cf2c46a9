"""Ctrl-C, SIGTERM and SIGKILL at every stage of a run: nothing of it stays, and nothing is lost."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest

from tests.e2e.terminal import CTRL_C, trying_again
from tests.e2e.trial import FILES, GRADED, PROGRESS, finish, marked, plant

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.trial import Bell, Trial

pytestmark = pytest.mark.process


def installing(trial: Trial, program: str) -> None:
    package = json.loads((trial.starter / "package.json").read_text())
    package["scripts"]["preinstall"] = "node ring.js"
    trial.write("package.json", json.dumps(package))
    trial.write("ring.js", program + "ring();")


def preparing(trial: Trial, program: str) -> None:
    trial.write("migrate.js", program + "ring();")


def starting(trial: Trial, program: str) -> None:
    trial.write("server.js", program + "ring();")


def checking(trial: Trial, program: str) -> None:
    server = (trial.starter / "server.js").read_text()
    hangs = 'if (request.url === "/hello") return ring();\n  response.statusCode'
    trial.write("server.js", program + server.replace("response.statusCode", hangs, 1))


STAGES: dict[str, Callable[[Trial, str], None]] = {
    "install": installing,
    "prepare": preparing,
    "start": starting,
    "checks": checking,
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("stage", STAGES)
def test_interrupted_run_leaves_nothing(trial: Trial, bell: Bell, stage: str, number: int) -> None:
    """Exit 130, one document that says so, no process, no folder, progress.md as it was."""
    STAGES[stage](trial, bell.program)
    command = trial.begin("phase1", "--runtime", "process", "--json", "-")
    bell.wait()
    (run,) = trial.runs()
    command.send_signal(number)
    done = finish(command)

    assert (done.code, done.problem["stage"]) == (130, "interrupted")
    assert "nothing was left running" in done.told
    bell.assert_silent()
    trial.assert_nothing_left(run.name)
    assert trial.progress.read_text() == PROGRESS


def test_ctrl_c_while_a_worker_tries_again_leaves_nothing(tmp_path: Path) -> None:
    """Web, worker, Redis, Postgres, bench and suite are gone, with their folder; progress.md as it was."""
    with trying_again("process", tmp_path, 120) as (terminal, trial):
        (run,) = trial.runs()
        assert marked(run.name) != []
        terminal.press(CTRL_C)
        code = terminal.ended()

        assert code == 130
        assert b"nothing was left running" in terminal.said
        trial.assert_nothing_left(run.name)


def test_killed_run_is_swept_by_the_next(trial: Trial, bell: Bell) -> None:
    """SIGKILL in the middle of the checks: the lock is free, the app is ended, the folder is gone."""
    checking(trial, bell.program)
    command = trial.begin("phase1", "--runtime", "process", "--json", "-")
    bell.wait()
    (run,) = trial.runs()
    command.kill()
    finish(command)
    assert trial.progress.read_text() == PROGRESS
    plant(trial.root, FILES)
    done = trial.process()

    assert (done.code, trial.progress.read_text()) == (1, GRADED)
    bell.assert_silent()
    trial.assert_nothing_left(run.name)
