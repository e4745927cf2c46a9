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
CRASH = "crash"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}


def run(command: Callable[[], int]) -> int:
    """Run a command and return its exit code; nothing it raises leaves as a traceback of ours."""
    try:
        with interruptible():
            return command()
    except StoppedError as stop:
        show(stop.problem)
        return EXIT_CODES[stop.problem.blame]
    except KeyboardInterrupt as stop:
        sys.stderr.write(f"\n{problem_of(stop).message}\n")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read stdout is gone; a second error while Python flushes it would only be noise.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last door: our crash is told as ours
        problem = problem_of(error)
        if problem.stage == CRASH:
            traceback.print_exc()
            sys.stderr.write(f"\n{problem.remedy}\n")
        else:
            show(problem)
        return EXIT_CODES[problem.blame]


def problem_of(error: BaseException) -> Problem:
    """Return in words what ended a command."""
    if isinstance(error, StoppedError):
        return error.problem
    if isinstance(error, KeyboardInterrupt):
        stage, message, remedy = "interrupted", "Interrupted; nothing was left running.", "Grade again."
    elif isinstance(error, OSError) and error.errno in _FULL:
        what = error.filename or "A file, or what this command says,"
        stage, message = "disk", f"{what} could not be written: {error.strerror}."
        remedy = "Make room and run it again."
    else:
        stage, message = CRASH, f"{type(error).__name__}: {error}"
        remedy = "This is a fault of the grader, not of your work. Please report it with the lines above."
    return Problem(blame=Blame.OURS, stage=stage, message=message, remedy=remedy)


def show(problem: Problem) -> None:
    """Print a problem for people, on stderr."""
    from grader.exporters.printable import printable  # noqa: PLC0415 - only where something is wrong

    parts = [problem.message, problem.log, problem.remedy]
    sys.stderr.write("\n".join(printable(part) for part in parts if part) + "\n")
