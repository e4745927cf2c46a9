"""A progress.md that cannot be ticked: the results are shown and kept, the file stays as it is."""

from __future__ import annotations

import json
import os
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from tests.e2e.trial import BYE, GRADED, HELLO, PROGRESS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.e2e.trial import Done, Trial


def linked(path: Path) -> None:
    path.rename(path.with_name("real.md"))
    path.symlink_to("real.md")


def piped(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


CONFLICT = "<<<<<<< HEAD\n" + HELLO + "=======\n" + HELLO.replace("[ ]", "[x]") + ">>>>>>> other\n" + BYE

UNTICKABLE: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "conflict": (lambda one: one.write_text(CONFLICT), ("line 1", "line 5", "conflict marker", "lines 2, 4")),
    "duplicate id": (lambda one: one.write_text(PROGRESS + HELLO), ("lines 3, 7", "same id phase1.hello")),
    "two ids": (
        lambda one: one.write_text(HELLO.strip() + " <!-- phase1.bye -->\n"),
        ("line 1", "2 ids"),
    ),
    "the same words twice": (
        lambda one: one.write_text(2 * (HELLO.partition(" <!--")[0] + "\n") + BYE),
        ("lines 1, 2", "no id"),
    ),
    "read-only": (lambda one: one.chmod(0o444), ("read-only", "chmod u+w progress.md")),
    "a link": (linked, ("symbolic link", "the file itself")),
    "a FIFO": (piped, ("not a regular file", "restore it with git")),
    "missing": (lambda one: one.unlink(), ("does not exist", "git checkout -- progress.md")),
    "NUL": (lambda one: one.write_text(PROGRESS + "\0"), ("line 7", "NUL", "UTF-8")),
    "Latin-1": (lambda one: one.write_bytes(PROGRESS.encode() + b"\xe9"), ("line 7", "UTF-8")),
    "too long": (lambda one: one.write_text(PROGRESS + "x" * (1 << 20)), ("larger than 1 MiB", "notes")),
}


def state(path: Path) -> tuple[object, ...]:
    if path.is_file():
        return path.is_symlink(), path.lstat().st_ino, path.lstat().st_mode, path.read_bytes()
    return path.exists(), path.lstat().st_mode if path.exists() else 0


def assert_graded(trial: Trial, done: Done) -> None:
    """The run's own exit code, its results on the board, in the document and in the history."""
    assert done.code == 1
    assert {line["id"]: line["outcome"] for line in done.document["lines"]} == {
        "phase1.hello": "pass",
        "phase1.bye": "fail",
    }
    assert "The service says good-bye." in done.told
    history = (trial.root / ".grade/history.jsonl").read_text().splitlines()
    assert [(json.loads(row)["line"], json.loads(row)["outcome"]) for row in history] == [
        ("phase1.hello", "pass"),
        ("phase1.bye", "fail"),
    ]
    assert [path.name for path in trial.root.iterdir() if path.name.endswith(".tmp")] == []


@pytest.mark.parametrize("name", UNTICKABLE)
def test_file_that_cannot_be_ticked_costs_no_result(trial: Trial, service: str, name: str) -> None:
    """What is wrong with it, on which lines, and the edit or command that mends it."""
    spoil, words = UNTICKABLE[name]
    spoil(trial.progress)
    before = state(trial.progress)
    done = trial.grade("phase1", "--url", service, "--json", "-")

    assert_graded(trial, done)
    assert {line["ticked"] for line in done.document["lines"]} == {"no"}
    assert [word for word in words if word not in done.told] == []
    assert state(trial.progress) == before


ODD = {
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "BOM": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "no last newline": lambda text: text.rstrip("\n").encode(),
    "ids lost": lambda text: text.replace(" <!-- phase1.hello -->", "").encode(),
    "old Mac": lambda text: text.replace("\n", "\r").encode(),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_bytes_survive_a_tick(trial: Trial, service: str, name: str) -> None:
    """One byte a line changes, whatever else stands in the file."""
    trial.progress.write_bytes(ODD[name](PROGRESS))
    done = trial.grade("phase1", "--url", service, "--json", "-")

    assert_graded(trial, done)
    assert trial.progress.read_bytes() == ODD[name](GRADED)


def test_line_that_is_gone_is_named(trial: Trial, service: str) -> None:
    """A line the file has no box for is told; the other is ticked."""
    trial.progress.write_text(HELLO)
    done = trial.grade("phase1", "--url", service, "--json", "-")

    assert_graded(trial, done)
    assert "progress.md has no line for phase1.bye" in done.told
    assert trial.progress.read_text() == HELLO.replace("[ ]", "[x]")


@contextmanager
def editing(path: Path, text: str) -> Iterator[str]:
    """Serve like `service`, and write to a file while a check waits for its answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/bye":
                path.write_text(text)
            self.send_response(200 if self.path in {"/", "/hello"} else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def test_edit_made_during_the_run_is_kept(trial: Trial) -> None:
    """What the learner writes meanwhile stays, and is ticked."""
    with editing(trial.progress, "New note.\n" + PROGRESS) as url:
        done = trial.grade("phase1", "--url", url, "--json", "-")

    assert_graded(trial, done)
    assert trial.progress.read_text() == "New note.\n" + GRADED


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (PROGRESS + "\0", 0, "line 7 holds a NUL byte"),
        ("", 0, "0 of 0 lines"),
        (CONFLICT, 0, "conflict marker"),
        ("x" * ((1 << 20) + 1), 1, "larger than 1 MiB"),
    ],
    ids=["NUL", "empty", "conflict", "too long"],
)
def test_status_of_a_broken_file_tells_what_is_wrong(trial: Trial, text: str, code: int, words: str) -> None:
    """`grade status` shows what it can."""
    trial.progress.write_text(text)
    done = trial.grade("status")

    assert (done.code, words in done.out + done.err) == (code, True)
    assert "Traceback" not in done.err
