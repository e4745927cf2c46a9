"""A learner's folder that cannot be graded: one diagnosis, exit 1, and nothing is lost or left."""

from __future__ import annotations

import os
import shutil
import socket
from typing import TYPE_CHECKING

import pytest

from tests.e2e.trial import PROGRESS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.trial import Trial


def empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def sparse(folder: Path) -> None:
    with (folder / "data.bin").open("wb") as file:
        file.truncate(20 << 30)


def crowded(folder: Path) -> None:
    for name in range(100):
        seed = folder / f"d{name}" / "0"
        seed.parent.mkdir()
        seed.touch()
        for number in range(1, 1000):
            os.link(seed, seed.with_name(str(number)))


def swapped(folder: Path) -> None:
    shutil.move(folder, folder.with_name("elsewhere"))
    folder.symlink_to("elsewhere")


BAD: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "missing": (shutil.rmtree, "snapshot", "does not exist"),
    "empty": (empty, "snapshot", "is empty"),
    "a link": (swapped, "snapshot", "is a link"),
    "no package.json": (lambda one: (one / "package.json").unlink(), "snapshot", "holds no app"),
    "no lockfile": (lambda one: (one / "package-lock.json").unlink(), "build", "no package-lock.json"),
    "torn lockfile": (lambda one: cut(one / "package-lock.json"), "build", "package-lock.json is broken"),
    "lockfile of bytes": (
        lambda one: (one / "package-lock.json").write_bytes(b"\xff\0"),
        "build",
        "package-lock.json is broken",
    ),
    "endless lockfile": (
        lambda one: (one / "package-lock.json").write_text("[" * 100_000),
        "build",
        "package-lock.json is broken",
    ),
    "torn package.json": (lambda one: cut(one / "package.json"), "build", "package.json is not valid JSON"),
    "package.json of a list": (lambda one: (one / "package.json").write_text("[]"), "build", "JSON object"),
    "a link out": (lambda one: (one / "key").symlink_to("/etc/passwd"), "snapshot", "the link key to"),
    "a link up": (lambda one: (one / "up").symlink_to("../.."), "snapshot", "the link up to"),
    "a FIFO": (lambda one: os.mkfifo(one / "pipe"), "snapshot", "pipe, which is a FIFO"),
    "a FIFO for a manifest": (
        lambda one: ((one / "package.json").unlink(), os.mkfifo(one / "package.json")),
        "snapshot",
        "package.json, which is a FIFO",
    ),
    "20 GB of nothing": (sparse, "snapshot", "data.bin of 20480 MiB"),
    "100 000 files": (crowded, "snapshot", "more than 20000 files"),
    "a name that steers": (
        lambda one: (one / "\x1b[2Jx").symlink_to("/\x1b]0;x\x07"),
        "snapshot",
        "\\x1b[2Jx",
    ),
}


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


@pytest.mark.process
@pytest.mark.parametrize("name", BAD)
def test_folder_that_cannot_be_graded_is_one_diagnosis(trial: Trial, name: str) -> None:
    """Told once, in words that name the thing, on paper and on the screen; no tick is taken away."""
    spoil, stage, words = BAD[name]
    spoil(trial.starter)
    done = trial.process()

    assert (done.code, done.problem["stage"]) == (1, stage)
    assert words in done.problem["message"]
    assert "\x1b" not in done.out + done.err
    assert {line["outcome"] for line in done.document["lines"]} == {"blocked"}
    assert trial.progress.read_text() == PROGRESS
    trial.assert_nothing_left()


@pytest.mark.process
def test_port_that_is_taken_is_named(trial: Trial) -> None:
    """An app that listens on a fixed port, which another program has."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        server = (trial.starter / "server.js").read_text()
        trial.write("server.js", server.replace("process.env.PORT", str(port)))
        done = trial.process()

    assert (done.code, done.problem["stage"]) == (1, "start")
    assert f"port {port} is already in use" in done.problem["message"]
    assert "PORT" in done.problem["remedy"]
