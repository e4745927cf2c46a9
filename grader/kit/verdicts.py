"""The two exceptions by which a check says what it found; anything else is the grader's own fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.kit.shown import clipped, printable

if TYPE_CHECKING:
    from grader.kit.transcript import Exchange

MAX_TEXT = 2000
"""Characters of each text of a failure; a service may send megabytes."""


class UnmetError(AssertionError):
    """An expectation the service does not meet: the check fails, and the learner reads these texts.

    `rationale` says what was done and what should follow, `expected` and `actual` what should have come
    and what came; `exchange` is the request at fault, by default the last one of the check.
    """

    def __init__(
        self, rationale: str, *, expected: str = "", actual: str = "", exchange: Exchange | None = None
    ) -> None:
        super().__init__(rationale)
        self.rationale = clipped(rationale, MAX_TEXT)
        self.expected = clipped(expected, MAX_TEXT)
        self.actual = clipped(actual, MAX_TEXT)
        self.exchange = exchange

    def __str__(self) -> str:
        """Return the texts one below the other, for plain pytest."""
        parts = [self.rationale]
        if self.expected:
            parts.append(f"expected: {self.expected}")
        if self.actual:
            parts.append(f"actual:   {self.actual}")
        if self.exchange:
            parts.append(f"repeat:   {self.exchange.curl()}")
        return printable("\n".join(parts))


class BlockedError(Exception):
    """Something the check needs is not there; `check` is the id of the check it waits for, if it is one."""

    def __init__(self, reason: str, check: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.check = check


class GraderError(Exception):
    """Something of the grader's own failed, for a reason that is not the service's: the check is an error."""
