"""Where `--json` and `--markdown` go: looked at before the run, written whole or left as they were."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from grader.exporters.registry import exporter
from grader.model.problem import Blame, stopped

if TYPE_CHECKING:
    from pathlib import Path

    from grader.model.problem import StoppedError
    from grader.model.report import Report


@dataclass(frozen=True)
class Outlet:
    """A file that an exporter's text goes to: in place of what is there, or after it."""

    exporter: str
    path: Path
    appended: bool = False

    def require(self) -> None:
        """Raise `StoppedError` (usage) for a file that cannot be written: before the run, not after it."""
        target = self.path if self.path.exists() else self.path.parent
        if self.path.is_dir() or not target.exists() or not os.access(target, os.W_OK):
            code = errno.EISDIR if self.path.is_dir() else errno.EACCES if target.exists() else errno.ENOENT
            raise self._failed(Blame.USAGE, os.strerror(code), "Name a file you can write.")

    def write(self, report: Report) -> None:
        """Write the report. Raises `StoppedError` (ours), the file as it was before."""
        text = StringIO()
        exporter(self.exporter, text).export(report)
        data = text.getvalue().encode("utf-8", "backslashreplace")
        try:
            if self.appended:
                _append(self.path, data)
            elif self._is_replaceable:
                _replace(self.path, data)
            else:
                self.path.write_bytes(data)
        except OSError as error:
            remedy = "Make room or name another file; the results above stand."
            raise self._failed(Blame.OURS, error.strerror or str(error), remedy) from error

    @property
    def _is_replaceable(self) -> bool:
        """Whether a new file may take the place; pipes, devices and links (/dev/stdout) are written to."""
        regular = (self.path.is_file() or not self.path.exists()) and not self.path.is_symlink()
        return regular and os.access(self.path.parent, os.W_OK)

    def _failed(self, blame: Blame, why: str, remedy: str) -> StoppedError:
        return stopped(blame, "export", f"{self.path} cannot be written: {why}.", remedy)


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _append(path: Path, data: bytes) -> None:
    with path.open("ab", buffering=0) as file:
        size = file.tell()
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]
        except OSError:
            # Half a table would spoil what stands before it, too.
            with contextlib.suppress(OSError):
                file.truncate(size)
            raise
