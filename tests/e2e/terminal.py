"""The real command line in a terminal of its own, where Ctrl-C is a key that is pressed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.e2e.trial import ROOT, Trial

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

CTRL_C = b"\x03"
RETRIES = "phase3.retries.gives-up-after-its-attempts"
BEGUN = "A mail that is always refused"
"""The live line of `RETRIES` begins so; it then waits for the tries of a worker, for some seconds."""
_END = 60.0


@dataclass
class Terminal:
    """A command in the foreground of a terminal; `said` is all that it drew so far."""

    command: subprocess.Popen[bytes]
    _keys: int
    said: bytes = b""

    def read_until(self, text: str, seconds: float) -> None:
        """Read what is drawn until it shows `text`."""
        deadline = time.monotonic() + seconds
        while text.encode() not in self.said:
            assert self._read(deadline), self.said.decode(errors="replace")

    def press(self, key: bytes) -> None:
        """Press a key: the terminal makes a signal of some, for everybody in its foreground."""
        os.write(self._keys, key)

    def ended(self) -> int:
        """Read to the end and return the exit code."""
        deadline = time.monotonic() + _END
        while self._read(deadline):
            pass
        return self.command.wait(max(0.1, deadline - time.monotonic()))

    def _read(self, deadline: float) -> bool:
        """Read a little; tell whether there was something before the deadline and the end."""
        left = max(0.0, deadline - time.monotonic())
        chunk = b""
        if select.select([self._keys], [], [], left)[0]:
            with contextlib.suppress(OSError):  # what Linux says once nobody holds the other side
                chunk = os.read(self._keys, 1 << 16)
        self.said += chunk
        return bool(chunk)


@contextlib.contextmanager
def in_terminal(arguments: tuple[str, ...], env: Mapping[str, str], cwd: Path) -> Iterator[Terminal]:
    """Run `grade` with these arguments in a new terminal; it is killed where it does not end."""
    ours, theirs = pty.openpty()
    given = {**env, "TERM": "xterm", "COLUMNS": "160", "LINES": "40"}
    given.pop("CI", None)
    command = subprocess.Popen(
        [sys.executable, "-P", "-m", "grader.cli.grade", *arguments],
        cwd=cwd,
        env=given,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no thread of ours forks
    )
    os.close(theirs)
    try:
        yield Terminal(command, ours)
    finally:
        command.kill()
        command.wait()
        os.close(ours)


@contextlib.contextmanager
def trying_again(runtime: str, tmp_path: Path, seconds: float) -> Iterator[tuple[Terminal, Trial]]:
    """Grade the reference until its worker tries again; in the end progress.md has to be as it was.

    `seconds` is how long that may take, the first time with everything that has to be built.
    """
    progress = ROOT / "progress.md"
    before, state = progress.read_bytes(), progress.stat()
    tmp = tmp_path / "tmp"
    tmp.mkdir(mode=0o711)
    trial = Trial(ROOT, tmp)
    with in_terminal((RETRIES, "--solution", "--runtime", runtime), trial.env, ROOT) as terminal:
        terminal.read_until(BEGUN, seconds)
        yield terminal, trial
    assert (progress.read_bytes(), progress.stat().st_mtime_ns) == (before, state.st_mtime_ns)
