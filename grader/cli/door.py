"""The one door through which every command leaves: exceptions become words and an exit code."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from typing import TYPE_CHECKING

from grader.cli.signals import interruptible
from grader.model.problem import EXIT_CODES, Blame, Problem, StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable

INTERRUPTED = 130
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}


def run(command: Callable[[], int]) -> int:
    """Run a command and return its exit code; nothing it raises leaves as a traceback of ours."""
    try:
        with interruptible():
            return command()
    except StoppedError as stop:
        show(stop.problem)
        return EXIT_CODES[stop.problem.blame]
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted; nothing was left running.\n")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read stdout is gone; a second error while Python flushes it would only be noise.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last door: our crash is told as ours
        if isinstance(error, OSError) and error.errno in _FULL:
            show(_full(error))
            return EXIT_CODES[Blame.OURS]
        traceback.print_exc()
        sys.stderr.write(
            "\nThis is a fault of the grader, not of your work. Please report it with the lines above.\n"
        )
        return EXIT_CODES[Blame.OURS]


def _full(error: OSError) -> Problem:
    what = error.filename or "What this command says"
    message = f"{what} could not be written: {error.strerror}."
    return Problem(blame=Blame.OURS, stage="disk", message=message, remedy="Make room and run it again.")


def show(problem: Problem) -> None:
    """Print a problem for people, on stderr."""
    from grader.exporters.printable import printable  # noqa: PLC0415 - only where something is wrong

    parts = [problem.message, problem.log, problem.remedy]
    sys.stderr.write("\n".join(printable(part) for part in parts if part) + "\n")
