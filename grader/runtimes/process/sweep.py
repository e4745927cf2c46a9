"""Clears up after a run whose grader was killed."""

from __future__ import annotations

import contextlib
import shutil
import signal
from typing import TYPE_CHECKING

import psutil

from grader.runtimes.process import tree
from grader.runtimes.process.ledger import Entry, Ledger, read_ledger

if TYPE_CHECKING:
    from pathlib import Path

_POLITE_SECONDS = 3.0


def sweep_process(folder: Path) -> None:
    """End the processes and remove the data that a dead run left; its folder itself stays.

    Call it only when nobody holds the run's lock. A process is ended only when its id and its start are
    those written down, or when it carries the run's marker.
    """
    ledger = read_ledger(folder)
    if ledger is None:
        return
    # PostgreSQL frees its shared memory only when it may end by itself.
    left = _left(ledger)
    tree.send([process for process in left if _name(process) == "postgres"], signal.SIGQUIT)
    psutil.wait_procs([process for process in left if _name(process) == "postgres"], _POLITE_SECONDS)
    tree.end_all(lambda: _left(ledger))
    for data in ledger.data:
        shutil.rmtree(data, ignore_errors=True)
    with contextlib.suppress(OSError):
        (folder / "processes.json").unlink()


def _left(ledger: Ledger) -> list[psutil.Process]:
    """Return the living processes of a run: those written down, what is below them, and marked orphans."""
    written = {entry.pid: entry for entry in ledger.entries}
    found: dict[int, psutil.Process] = {}
    for process in sorted(psutil.process_iter(), key=lambda one: one.pid):
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE and (
                _is(process, written.get(process.pid))
                or process.ppid() in found
                or tree.carries(process, ledger.run)
            ):
                found[process.pid] = process
    return list(found.values())


def _is(process: psutil.Process, entry: Entry | None) -> bool:
    return entry is not None and process.create_time() == entry.created


def _name(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.Error:
        return ""
