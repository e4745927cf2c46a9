"""What both runtimes do about a Prometheus beside the app: its options, its files, waiting, what is wrong."""

from __future__ import annotations

import re
import time
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from grader.model.problem import Blame, StoppedError, stopped
from grader.runtimes.health import ask

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

START_SECONDS = 20.0
CHECK_SECONDS = 20.0
MAX_BYTES = 64 << 10
"""Of all its files together."""

OPTIONS = ("--log.level=warn", "--storage.tsdb.wal-segment-size=10MB")

_OK = 200
_PAUSE = 0.02
_ADDRESS = re.compile(r"\{address:([a-z0-9-]+)\}")


def files(given: Mapping[str, str], run: str, address: Callable[[str], str]) -> dict[str, str]:
    """Return the files with the addresses filled into `run`.

    Raises `StoppedError`: learner where they are too large, ours for a path that leads out.
    """
    if sum(len(text.encode()) for text in given.values()) > MAX_BYTES:
        raise stopped(
            Blame.LEARNER,
            "suite",
            f"the files of Prometheus have more than {MAX_BYTES >> 10} KiB",
            "a job for each process, and few rules, are enough",
        )
    for name in given:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise stopped(Blame.OURS, "suite", f"{name} lies outside Prometheus' folder")
    filled = _ADDRESS.sub(lambda match: address(match[1]), given[run])
    return {**given, run: filled}


def await_ready(port: int, runs: Callable[[], bool]) -> bool:
    """Wait until a Prometheus on a port of this machine answers; tell whether it does."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and runs():
        if ask(port, "/-/ready", 2.0) == _OK:
            return True
        time.sleep(_PAUSE)
    return False


def refused(output: str) -> StoppedError:
    """Return what is said of a configuration that `promtool check config` does not take."""
    return stopped(
        Blame.LEARNER,
        "suite",
        "Prometheus does not take its configuration",
        "settings that `promtool check config` finds nothing wrong with",
        output,
    )


def not_started(log: str) -> StoppedError:
    """Return what is said of one that does not come up on settings that were checked."""
    return stopped(Blame.OURS, "suite", "Prometheus did not start", "run the grader again", log)


def missing(why: str, remedy: str) -> StoppedError:
    """Return what is said where there is none to be had."""
    return stopped(Blame.MISSING, "suite", why, remedy)
