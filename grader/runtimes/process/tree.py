"""Finds and ends every process that came from one we started, also those that left its group."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import signal
import sys
import time
from typing import TYPE_CHECKING

import psutil

from grader.runtimes.diagnosis import Listening

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

RUN_VARIABLE = "GRADE_RUN"
GROUP_VARIABLE = "GRADE_INSTANCE"
_PR_SET_CHILD_SUBREAPER = 36
_SHELLS = {"sh", "dash", "bash", "ash", "zsh", "busybox"}
_KILL_SECONDS = 5.0
_PAUSE = 0.002


@functools.cache
def adopt_orphans() -> bool:
    """Make this process the parent of all orphans below it (Linux only); tell whether that worked."""
    if sys.platform != "linux":
        return False
    return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def members(leaders: Iterable[int], run: str, groups: Collection[str] | None = None) -> list[psutil.Process]:
    """Return the living processes below `leaders`, themselves included, and those that carry our marker.

    The marker finds orphans: their parent ended, so that nothing but it tells whose they were.
    """
    inside = set(leaders)
    found = []
    for process in _candidates():
        with contextlib.suppress(psutil.Error):
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            if process.pid in inside or process.ppid() in inside or carries(process, run, groups):
                inside.add(process.pid)
                found.append(process)
    return found


def _candidates() -> list[psutil.Process]:
    """Return what may be ours, parents first: below us, or everything where orphans go to init."""
    if adopt_orphans():
        return psutil.Process().children(recursive=True)
    return sorted(psutil.process_iter(), key=lambda process: process.pid)


def carries(process: psutil.Process, run: str, groups: Collection[str] | None = None) -> bool:
    """Tell whether a process has the marker of a run (and of one of its groups) in its environment."""
    try:
        environ = process.environ()
    except (psutil.Error, OSError):
        return False
    if environ.get(RUN_VARIABLE) != run:
        return False
    return groups is None or environ.get(GROUP_VARIABLE) in groups


def end_all(find: Callable[[], list[psutil.Process]], reap: Callable[[int], None] | None = None) -> None:
    """Freeze and kill what `find` finds until it finds nothing: frozen, nobody can fork away.

    `reap` is called with the id of each that ended.
    """
    deadline = time.monotonic() + _KILL_SECONDS
    while time.monotonic() < deadline:
        frozen: set[psutil.Process] = set()
        while fresh := set(find()) - frozen:
            for process in fresh:
                _signal(process, signal.SIGSTOP)
            frozen |= fresh
        if not frozen:
            return
        for process in frozen:
            _signal(process, signal.SIGKILL)
        _await_gone(frozen, deadline)
        if reap is not None:
            for process in frozen:
                reap(process.pid)


def _await_gone(processes: Iterable[psutil.Process], deadline: float) -> None:
    left = set(processes)
    while left and time.monotonic() < deadline:
        left = {process for process in left if _lives(process)}
        if left:
            time.sleep(_PAUSE)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def send(processes: Iterable[psutil.Process], number: int) -> None:
    """Send a signal to each."""
    for process in processes:
        _signal(process, number)


def without_shells(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Leave out shells that only wait for a command: a signal meant for the app would end them."""
    return [process for process in processes if not _only_waits(process)]


def _only_waits(process: psutil.Process) -> bool:
    try:
        return process.name() in _SHELLS and bool(process.children())
    except psutil.Error:
        return False


def _signal(process: psutil.Process, number: int) -> None:
    with contextlib.suppress(psutil.Error):
        process.send_signal(number)


def speakers(leader: int) -> list[psutil.Process]:
    """Return who must hear a polite signal: the leader, or its children while it is only a shell."""
    try:
        process = psutil.Process(leader)
        return process.children() if _only_waits(process) else [process]
    except psutil.Error:
        return []


def listening(processes: Iterable[psutil.Process]) -> tuple[Listening, ...]:
    """Return the TCP sockets that these processes listen on."""
    found = set()
    for process in processes:
        with contextlib.suppress(psutil.Error):
            for one in process.net_connections("tcp"):
                if one.status == psutil.CONN_LISTEN:
                    found.add((one.laddr.ip, one.laddr.port))
    return tuple(Listening(address=address, port=port) for address, port in sorted(found))


def owner_of(port: int) -> str:
    """Return who listens on a port of this machine as people know it, empty where that is not to be seen."""
    with contextlib.suppress(psutil.Error):
        for one in psutil.net_connections("tcp"):
            if one.status == psutil.CONN_LISTEN and one.pid and one.laddr and one.laddr.port == port:
                return f"{psutil.Process(one.pid).name()} (process {one.pid})"
    return ""
