"""The life of a phase that stacks on another, by the commands a learner types."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from grader.runtimes.process.node import find_node
from grader.runtimes.process.ports import free_port
from grader.workflows import runs
from grader.workflows.places import places
from tests import commands, stacked_repository

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three phases; nothing is done yet."""
    folder = tmp_path / "repository"
    stacked_repository.write(folder)
    return folder


def grade(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return commands.run("grade", *arguments, root=root)


def graded(root: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = grade(root, *arguments, "--runtime", "process", "--json", "-")
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def outcomes(document: dict[str, Any], key: str) -> dict[str, str]:
    return {item["id"]: item["outcome"] for item in document[key]}


def test_phase_that_is_not_started_offers_the_start(root: Path) -> None:
    """Grading it is a usage error that ends with the commands, and no failure of the learner's."""
    done = grade(root, "phase2", "--runtime", "process")

    assert done.returncode == 2
    assert "phase2 builds on phase1 and is not started yet" in done.stdout
    assert "grade start phase2 --from solution" in done.stdout


def test_start_tells_what_it_did_and_what_is_left(root: Path) -> None:
    """Files, edits and unticked lines are named; a second start and a start without work are refused."""
    refused = grade(root, "start", "phase2")
    stacked_repository.solve(root, "phase1-hello")
    app = root / "starters/phase1-hello/src/app.js"
    app.write_text(app.read_text() + "// mine\n")

    done = grade(root, "start", "phase2")
    again = grade(root, "start", "phase2")

    assert (refused.returncode, done.returncode, again.returncode) == (2, 0, 2)
    assert "still as it was delivered" in refused.stderr
    assert "laid beside yours: src/app.js.phase2" in done.stdout
    assert "+import { live } from './live.js';" in done.stdout
    assert "Not ticked yet, and phase2 stands on it: phase1.hello" in done.stdout
    assert "what you mend in the other from now on, mend here too" in done.stdout
    assert "grade reset phase2" in again.stderr


def test_start_waits_for_a_run_that_holds_the_folder(root: Path) -> None:
    """While the app below is being graded nothing is moved."""
    stacked_repository.solve(root, "phase1-hello")
    with runs.only_one(places(root), root / "starters/phase1-hello"):
        done = grade(root, "start", "phase2")

    assert (done.returncode, "Another run" in done.stderr) == (4, True)


def test_reset_says_how_to_go_on(root: Path) -> None:
    """The stubs are back, the work lies beside, and the next command is named."""
    assert grade(root, "start", "phase2", "--from", "solution").returncode == 0

    done = grade(root, "reset", "phase2")

    (old,) = (root / "starters").glob("phase2-live.old-*")
    assert (old / "src/server.js").is_file()
    assert old.name in done.stdout
    assert "grade start phase2" in done.stdout
    assert grade(root, "phase2").returncode == 2


@pytest.mark.process
def test_phase_grows_from_the_learners_own(root: Path) -> None:
    """Started, done, graded: its line is ticked; what then breaks below is a regression and moves no tick."""
    stacked_repository.solve(root, "phase1-hello")
    assert grade(root, "start", "phase2").returncode == 0
    stacked_repository.solve(root, "phase2-live")

    code, document = graded(root, "phase2")

    assert (code, outcomes(document, "lines")) == (0, {"phase2.live": "pass"})
    assert outcomes(document, "regressions") == {"phase1.hello.answers": "pass"}
    ticked = (root / "progress.md").read_text()
    assert ("[x] live" in ticked, "[x] hello" in ticked) == (True, False)

    (root / "starters/phase2-live/src/hello.js").write_text("export const hello = () => [500, {}];\n")
    code, document = graded(root, "phase2")

    assert (code, outcomes(document, "regressions")) == (1, {"phase1.hello.answers": "fail"})
    assert (root / "progress.md").read_text() == ticked


@pytest.mark.process
def test_starter_stands_on_the_solution_below(root: Path) -> None:
    """`--starter` runs, fails its own line and keeps what was."""
    code, document = graded(root, "phase3", "--starter")

    assert (code, outcomes(document, "lines")) == (1, {"phase3.jobs": "fail"})
    assert outcomes(document, "regressions") == {
        "phase1.hello.answers": "pass",
        "phase2.live.answers": "pass",
    }


@pytest.mark.process
def test_url_is_graded_with_gates(root: Path, tmp_path: Path) -> None:
    """A service that already runs is asked for the earlier phases, too."""
    assert grade(root, "solution", "phase2", str(tmp_path / "app")).returncode == 0
    with running(tmp_path / "app") as url:
        done = grade(root, "phase2", "--url", url, "--json", "-")

    assert outcomes(json.loads(done.stdout), "regressions") == {"phase1.hello.answers": "pass"}


@pytest.mark.process
def test_solution_starts_by_plain_npm(root: Path, tmp_path: Path) -> None:
    """What `grade solution` writes is a whole app: `npm ci && npm start`."""
    done = grade(root, "solution", "phase3", str(tmp_path / "app"))
    assert done.returncode == 0
    with running(tmp_path / "app") as url:
        answers = [httpx.get(f"{url}/{line}?name=x").status_code for line in ("hello", "live", "jobs")]

    assert answers == [200, 200, 200]


@contextmanager
def running(app: Path) -> Iterator[str]:
    """Install and start an app as a person does; end it afterwards."""
    node = find_node(places(app.parent).cache)
    port = free_port()
    env = {
        **os.environ,
        "PATH": f"{node.folder}:{os.environ['PATH']}",
        "PORT": str(port),
        "HOST": "127.0.0.1",
    }
    subprocess.run([*node.npm, "ci", "--offline"], cwd=app, env=env, check=True, capture_output=True)
    process = subprocess.Popen([*node.npm, "start"], cwd=app, env=env, start_new_session=True)
    try:
        url = f"http://127.0.0.1:{port}"
        transport = httpx.HTTPTransport(retries=8)
        with httpx.Client(transport=transport) as client:
            assert client.get(f"{url}/healthz").status_code == 200
        yield url
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
