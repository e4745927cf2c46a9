"""What a failed `npm ci` means, whichever runtime ran it."""

from __future__ import annotations

import re

from grader.model.problem import Blame, StoppedError, stopped

# `node_modules` of the learner's own would hide what is missing from the lockfile.
AGAIN = "`rm -rf node_modules && npm ci` shows the same"
_OFFLINE = re.compile(r"\b(ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH)\b")
_LOG_LINES = 30


def install_failed(said: str, seconds: float, *, timed_out: bool, code: int | None = None) -> StoppedError:
    """Return the problem of an install: the learner's, or missing where no registry is reached.

    `said` is all that npm printed, without colours; `seconds` is how long it may take; `code` is npm's exit
    code where it is known.
    """
    if timed_out:
        return _learner(
            f"`npm ci` was not done within {seconds:g} s", f"see what it waits for: {AGAIN}", said
        )
    if "EUSAGE" in said or "in sync" in said:
        return _learner(
            "package-lock.json does not belong to package.json (`npm ci` refuses it)",
            "run `npm install` and keep both files",
            _before_usage(said),
        )
    if _OFFLINE.search(said):
        return stopped(
            Blame.MISSING,
            "build",
            "the npm registry cannot be reached, so the dependencies cannot be installed",
            "check the network with `npm ping`, then run the grader again",
            _last(said),
        )
    how = "" if code is None else f" with exit code {code}"
    return _learner(f"`npm ci` failed{how}", f"mend what its last lines say; {AGAIN}", said)


def _before_usage(said: str) -> str:
    """Return what npm says of the lockfile, without the page on its options that it prints after that."""
    lines = said.splitlines()
    page = next((number for number, line in enumerate(lines) if line.endswith("Usage:")), len(lines))
    return "\n".join(lines[:page][:_LOG_LINES])


def _last(said: str) -> str:
    return "\n".join(said.splitlines()[-_LOG_LINES:])


def _learner(message: str, remedy: str, said: str) -> StoppedError:
    return stopped(Blame.LEARNER, "build", message, remedy, _last(said))
