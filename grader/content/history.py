""".grade/history.jsonl: the evidence of every tick, appended and never rewritten."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.model.outcome import Outcome
from grader.model.problem import Blame, stopped

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMAT = 1
FILE = Path(".grade") / "history.jsonl"
STAGE = "history"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """How one line came out in one run of the learner's own work.

    `source` is the digest of the graded snapshot (empty for a URL), `report` that of the report; `when`
    is aware; the stars count its stretch checks.
    """

    when: datetime
    line: str
    outcome: Outcome
    source: str
    report: str
    runtime: str
    stars_earned: int = 0
    stars_of: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the entry as plain JSON values."""
        when = self.when.astimezone(UTC).isoformat()
        return {"format": FORMAT, **vars(self), "when": when, "outcome": self.outcome.value}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Entry:
        """Read back what `to_json` wrote; raises ValueError, KeyError or TypeError for anything else."""
        fields = {name: value for name, value in data.items() if name != "format"}
        when, outcome = datetime.fromisoformat(data["when"]), Outcome(data["outcome"])
        return cls(**{**fields, "when": when, "outcome": outcome})


class History:
    """The entries of one repository, oldest first."""

    def __init__(self, root: Path) -> None:
        self.path = root / FILE

    def append(self, entries: Sequence[Entry]) -> None:
        """Write the entries and return once they are on the disk.

        Raises `StoppedError` (ours, stage `history`): then nothing may be ticked.
        """
        text = "".join(json.dumps(entry.to_json(), sort_keys=True) + "\n" for entry in entries)
        try:
            self.path.parent.mkdir(exist_ok=True)
            _append(self.path, text.encode())
        except OSError as error:
            message = f"{FILE} could not be written: {error.strerror or error}."
            raise stopped(
                Blame.OURS, STAGE, message, "Make room or make it writable; grade again."
            ) from error

    def read(self) -> tuple[Entry, ...]:
        """Return all entries; lines torn by a crash are left out.

        Raises `StoppedError`: usage, where a newer grader wrote one; ours, where the file is unreadable.
        """
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return ()
        except OSError as error:
            message = f"{FILE} cannot be read: {error.strerror or error}."
            raise stopped(Blame.OURS, STAGE, message, f"Move {FILE} away or make it readable.") from error
        return tuple(entry for line in data.split(b"\n") if (entry := _entry(line)))

    def last_for(self, line: str) -> Entry | None:
        """Return the newest entry of a line, by full id."""
        return self.latest().get(line)

    def latest(self) -> dict[str, Entry]:
        """Return the newest entry of every line that was ever graded."""
        return {entry.line: entry for entry in self.read()}


def _append(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        size = os.fstat(handle).st_size
        # A crash may have torn the last line; ours must not be glued to it.
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        rest = memoryview(b"\n" + data if torn else data)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as error:
        # Some network drives cannot sync a folder; the file itself is safe there.
        if error.errno not in {errno.EINVAL, errno.ENOTSUP}:
            raise
    finally:
        os.close(handle)


def _entry(line: bytes) -> Entry | None:
    try:
        data = json.loads(line)
        newer = data["format"] > FORMAT
        entry = None if newer else Entry.from_json(data)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if newer:
        message = f"{FILE} was written by a newer grader (format {data['format']})."
        raise stopped(Blame.USAGE, STAGE, message, "Update this grader.")
    return entry
