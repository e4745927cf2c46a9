"""The four outcomes of a check or a line, and how several make one."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Outcome(StrEnum):
    """What a check or a line came to."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    BLOCKED = "blocked"
    ERROR = "error"


class Tier(StrEnum):
    """Core checks tick a line; stretch checks earn its star."""

    CORE = "core"
    STRETCH = "stretch"


class Tick(StrEnum):
    """What a run did to a line's checkbox in progress.md."""

    NEW = "new"
    KEPT = "kept"
    LOST = "lost"
    NO = "no"


_WORST_FIRST = (Outcome.ERROR, Outcome.FAIL, Outcome.BLOCKED, Outcome.PASS)


def combine(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the outcome of a whole: error before fail before blocked before pass.

    An empty whole is an error: nothing was proved, and absence of failure is not success.
    """
    present = set(outcomes)
    return next((outcome for outcome in _WORST_FIRST if outcome in present), Outcome.ERROR)
