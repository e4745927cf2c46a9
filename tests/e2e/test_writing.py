"""A disk that is full, or a signal, while results are written: each file is the old or the new one."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.e2e.trial import GRADED, PROGRESS, finish

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.trial import Done, Trial

SMALL = 4096
NOTES = "A note.\n" * 2000


def no_file_beyond(size: int) -> Callable[[], None]:
    """Stand in for a full disk: no file of this process and its children grows beyond a size."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def temporary(trial: Trial) -> list[str]:
    return [path.name for path in trial.root.iterdir() if path.name.endswith(".tmp")]


def test_full_disk_for_progress_keeps_the_old_one(trial: Trial, service: str) -> None:
    """The results are shown and in the history; the run's own exit code stands."""
    trial.progress.write_text(PROGRESS + NOTES)
    command = ("phase1", "--url", service, "--json", "-")
    done = trial.grade(*command, preexec_fn=no_file_beyond(SMALL))

    assert (done.code, done.document["outcome"]) == (1, "fail")
    assert "progress.md could not be written" in done.told
    assert "It is unchanged." in done.told
    assert trial.progress.read_text() == PROGRESS + NOTES
    assert len((trial.root / ".grade/history.jsonl").read_text().splitlines()) == 2
    assert temporary(trial) == []


def test_full_disk_for_the_history_ticks_nothing(trial: Trial, service: str) -> None:
    """No tick without its evidence."""
    history = trial.root / ".grade/history.jsonl"
    history.parent.mkdir()
    history.write_text("\n" * SMALL)
    command = ("phase1", "--url", service, "--json", "-")
    done = trial.grade(*command, preexec_fn=no_file_beyond(SMALL))

    assert (done.code, done.document["outcome"]) == (1, "fail")
    assert "history.jsonl could not be written" in done.told
    assert trial.progress.read_text() == PROGRESS
    assert history.read_text() == "\n" * SMALL


@pytest.mark.parametrize("option", ["--json", "--markdown"])
def test_full_disk_for_a_report_keeps_the_old_one(trial: Trial, service: str, option: str) -> None:
    """The board is shown; the file is as it was, not half; exit 3, since what was asked for is missing."""
    report = trial.root / "report"
    report.write_text("old" * 400)
    command = ("phase1", "--url", service, option, str(report))
    done = trial.grade(*command, preexec_fn=no_file_beyond(1500))

    assert done.code == 3
    assert "The service says good-bye." in done.out
    assert f"{report} cannot be written: File too large." in done.told
    assert "Traceback" not in done.err
    assert report.read_text() == "old" * 400
    assert temporary(trial) == []


def test_full_disk_behind_stdout_is_no_crash(trial: Trial, service: str) -> None:
    """`grade >/dev/full` says so, and the ticks stand."""
    with Path("/dev/full").open("w") as full:
        done = trial.grade("phase1", "--url", service, stdout=full)

    assert done.code == 3
    assert "No space left on device" in done.err
    assert "Traceback" not in done.err


def test_full_disk_before_the_run_is_no_crash(trial: Trial, service: str) -> None:
    """Where not even a lock can be written, the reason is told in words."""
    done = trial.grade("phase1", "--url", service, "--json", "-", preexec_fn=no_file_beyond(0))

    assert (done.code, done.problem["stage"]) == (3, "set-up")
    assert trial.progress.read_text() == PROGRESS


INTERRUPTED = """
import os, signal, sys
from grader.cli.grade import main

call, after, number = sys.argv[1], sys.argv[2] == "after", int(sys.argv[3])
plain, calls = getattr(os, call), []

def patched(*args, **options):
    mine = "progress.md" in str(args) or ".grade" in str(args) or call == "fsync"
    calls.extend(["call"] if mine else [])
    now = mine and len(calls) == 1
    if now and not after:
        os.kill(os.getpid(), number)
    result = plain(*args, **options)
    if now and after:
        os.kill(os.getpid(), number)
    return result

setattr(os, call, patched)
sys.exit(main(sys.argv[4:]))
"""


def interrupted(trial: Trial, call: str, when: str, number: int, *arguments: str) -> Done:
    """Grade, and get a signal at a call of the system's."""
    command = [sys.executable, "-P", "-c", INTERRUPTED, call, when, str(number), *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return finish(subprocess.Popen(command, cwd=trial.root, env=trial.env, **pipes))


def rows(history: Path) -> list[dict[str, object]]:
    return [json.loads(row) for row in history.read_text().splitlines()] if history.exists() else []


@pytest.mark.parametrize(
    ("call", "when", "number"),
    [("fsync", "before", 2), ("fsync", "after", 15), ("replace", "before", 15), ("replace", "after", 2)],
)
def test_signal_while_writing_leaves_the_old_or_the_new(
    trial: Trial, service: str, call: str, when: str, number: int
) -> None:
    """Exit 130, one document, and no tick without its row in the history."""
    done = interrupted(trial, call, when, number, "phase1", "--url", service, "--json", "-")

    assert (done.code, done.problem["stage"]) == (130, "interrupted")
    text = trial.progress.read_text()
    assert text in {PROGRESS, GRADED}
    assert text == PROGRESS or len(rows(trial.root / ".grade/history.jsonl")) == 2
    assert temporary(trial) == []
    trial.assert_nothing_left()


def test_kill_while_writing_leaves_the_old(trial: Trial, service: str) -> None:
    """SIGKILL just before the new file takes its place; the next run ticks."""
    interrupted(trial, "replace", "before", 9, "phase1", "--url", service)
    assert trial.progress.read_text() == PROGRESS
    done = trial.grade("phase1", "--url", service)

    assert (done.code, trial.progress.read_text()) == (1, GRADED)
