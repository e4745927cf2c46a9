"""The suite's child as a process: how it is started, cut off from its surroundings, and ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grader.suite.plan import Plan

_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SYSTEMROOT")

_UNREMARKABLE = frozenset({0, 1})
"""pytest's exit codes for a suite that ran to its end."""


@contextmanager
def started(plan: Plan, output: IO[bytes]) -> Iterator[tuple[subprocess.Popen[bytes], socket.socket]]:
    """Start the child; at the end, however it comes, kill it and whatever it started."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            process = subprocess.Popen(
                _command(plan),
                cwd=plan.folder,
                env=_environment(theirs.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        try:
            yield process, ours
        finally:
            # The child leads a session: what it left behind is in its group.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def ending(process: subprocess.Popen[bytes], seconds: float) -> str:
    """Wait for the child's end; return how it ended, or an empty text if it ended as it should."""
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        return f"the suite's process did not end within {seconds:g} s"
    if code in _UNREMARKABLE:
        return ""
    if code < 0:
        return f"the suite's process was ended by {_signal_name(-code)}"
    return f"the suite's process ended with code {code}"


def tail(output: IO[bytes], size: int = 4000) -> str:
    """Return the last bytes of what the child printed, as text."""
    output.seek(max(0, output.seek(0, os.SEEK_END) - size))
    return output.read().decode("utf-8", "replace")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _command(plan: Plan) -> list[str]:
    here = Path(__file__).parent
    files = sorted({check.file for check in plan.checks})
    return [
        *[sys.executable, "-I", "-X", "utf8", str(here / "child.py")],
        *["-c", str(here / "pytest.ini"), "--rootdir", str(plan.root)],
        *["-p", "grader.kit.plugin", "-p", "pytest_timeout", f"--timeout={plan.check_seconds:g}"],
        *["-q", "--tb=short", *files],
    ]


def _environment(descriptor: int) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "GRADE_CHANNEL": str(descriptor)}
