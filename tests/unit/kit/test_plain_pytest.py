"""Plain pytest: beside `grade run` the checks just work, without it they are skipped with a sentence."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes import Suite, target
from tests.hostile_http import answers, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]

SUPPORT = "@pytest.fixture\ndef caller(client): return client"
CHECKS = """
    def test_passes(caller, draw): expect.status(caller.get("/" + draw.token()), 200, "It answers.")
    def test_fails(caller): expect.status(caller.get("/"), 201, "It creates.")
    def test_comes_after(caller): pass
    def test_stops(service): service.stop()
"""

ENDED = {"exit_code": 0, "seconds": 0.1}


@contextmanager
def session(suite: Suite, tmp_path: Path, url: str, asked: list[Any]) -> Iterator[Path]:
    """Publish the suite's plan as `grade run` does, with a socket that answers powers."""
    path, place = tmp_path / "target.json", tmp_path / "powers.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place))
        server.listen()
        threading.Thread(target=_answer, args=(server, asked), daemon=True).start()
        plan = suite.plan(on=target(url, powers=("stop",))).to_json()
        path.write_text(json.dumps({**plan, "socket": str(place)}))
        yield path


def _answer(server: socket.socket, asked: list[Any]) -> None:
    with suppress(OSError):
        while True:
            connection, _ = server.accept()
            with connection, connection.makefile("rwb") as stream:
                for line in stream:
                    asked.append(json.loads(line))
                    stream.write(
                        json.dumps({"id": asked[-1]["id"], "ok": True, "value": ENDED}).encode() + b"\n"
                    )
                    stream.flush()


def plain_pytest(folder: Path, *, target_file: Path | None = None) -> str:
    """Run plain pytest on a folder, with the plugin as pyproject.toml loads it, and return what it printed."""
    options = [
        "-p",
        "grader.kit.plugin",
        "-p",
        "no:cacheprovider",
        "--import-mode=importlib",
        "-rs",
        "--color=no",
    ]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-c",
            os.devnull,
            "--rootdir",
            folder.parent.parent,
            *options,
            folder,
        ],
        env={**os.environ, "GRADE_TARGET": str(target_file or folder / "none.json"), "COLUMNS": "400"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """Give an exercise with a vocabulary."""
    made = Suite(tmp_path)
    made.share(SUPPORT)
    made.write(CHECKS, after={"test_comes_after": ("fake.line.fails",)})
    return made


def test_checks_run_beside_a_live_session(suite: Suite, tmp_path: Path) -> None:
    """Failures are the learner's sentences, a block is a skip, and powers reach the session."""
    asked: list[Any] = []
    with serving(answers(b"\x1b[2J")) as server, session(suite, tmp_path, server.url, asked) as path:
        printed = plain_pytest(tmp_path / "phases" / "fake", target_file=path)
    assert "1 failed, 2 passed, 1 skipped" in printed, printed
    assert "expected: status 201" in printed
    assert f"repeat:   curl -i {server.url}/" in printed
    assert r"\x1b[2J" in printed
    assert "\x1b" not in printed
    assert "blocked by fake.line.fails" in printed
    assert [(message["power"], message["args"]) for message in asked] == [("stop", {"instance": "app"})]


def test_check_written_during_a_session_runs(suite: Suite, tmp_path: Path) -> None:
    """The author of a check need not start the service again for each new one."""
    plan = Suite(tmp_path, support=suite.support)
    suite.write("def test_new(caller): expect.status(caller.get('/'), 200, 'It answers.')", line="new")
    with serving(answers(b"")) as server, session(plan, tmp_path, server.url, []) as path:
        printed = plain_pytest(tmp_path / "phases" / "fake" / "test_new.py", target_file=path)
    assert "1 passed" in printed, printed


def test_checks_of_another_exercise_are_skipped(suite: Suite, tmp_path: Path) -> None:
    """A session belongs to one exercise and those it stacks on."""
    plan = Suite(tmp_path, list(suite.checks), list(suite.support))
    suite.write("def test_a(stranger): pass", exercise="other")
    with serving(answers(b"")) as server, session(plan, tmp_path, server.url, []) as path:
        printed = plain_pytest(tmp_path / "phases" / "other", target_file=path)
    assert "1 skipped" in printed, printed
    assert "the running service is that of fake: start this one's with `grade run`" in printed


NO_SESSION = {
    "missing": (None, "no running service: start one with `grade run EXERCISE`"),
    "over": ({"socket": "/nowhere/powers.sock"}, "runs no more: start it again"),
    "broken": ("{", "is not what `grade run` writes"),
    "other": ([], "is not what `grade run` writes"),
}


@pytest.mark.parametrize("name", NO_SESSION)
def test_checks_without_a_session_are_skipped_with_a_sentence(
    suite: Suite, tmp_path: Path, name: str
) -> None:
    """No fixture is looked up and no request is sent where nothing runs."""
    content, words = NO_SESSION[name]
    path = tmp_path / "target.json"
    if content is not None:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    printed = plain_pytest(tmp_path / "phases" / "fake", target_file=path)
    assert "4 skipped" in printed, printed
    assert words in printed


def test_other_tests_are_left_alone(tmp_path: Path) -> None:
    """A test that is no check neither sees nor misses the plugin."""
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (folder / "test_x.py").write_text("def test_a(): pass\ndef test_b(draw): pass\n")
    printed = plain_pytest(folder)
    assert "1 passed, 1 skipped" in printed, printed
