"""Writes down what a run started, so that the next run can clear up after one that was killed."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from pathlib import Path

FILE = "processes.json"


@dataclass(frozen=True)
class Entry:
    """A process: its id alone may belong to another one by now, with its start (epoch seconds) it cannot."""

    pid: int
    created: float


@dataclass
class Ledger:
    """What the run `run` started and where it put data, kept in `folder`/processes.json."""

    folder: Path
    run: str
    entries: list[Entry] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add_process(self, pid: int) -> None:
        """Write down a process that was just started."""
        try:
            created = psutil.Process(pid).create_time()
        except psutil.NoSuchProcess:  # over already
            return
        with self._lock:
            self.entries.append(Entry(pid, created))
            self._write()

    def add_data(self, folder: Path) -> None:
        """Write down a folder outside the run's own, before it is made."""
        with self._lock:
            self.data.append(str(folder))
            self._write()

    def _write(self) -> None:
        new = self.folder / f".{FILE}.new"
        processes = [asdict(entry) for entry in self.entries]
        new.write_text(json.dumps({"run": self.run, "data": self.data, "processes": processes}))
        new.replace(self.folder / FILE)


def read_ledger(folder: Path) -> Ledger | None:
    """Return the ledger of a run's folder, None where there is none that can be read."""
    try:
        raw = json.loads((folder / FILE).read_text())
        entries = [Entry(int(one["pid"]), float(one["created"])) for one in raw["processes"]]
        return Ledger(folder, str(raw["run"]), entries, [str(path) for path in raw["data"]])
    except (OSError, ValueError, KeyError, TypeError):
        return None
