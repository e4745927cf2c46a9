"""The two exceptions by which a check says what it found; anything else is the grader's own fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.kit.transcript import Exchange


class UnmetError(AssertionError):
    """An expectation the service does not meet: the check fails, and the learner reads these texts.

    `rationale` says what was done and what should follow, `expected` and `actual` what should have come
    and what came; `exchange` is the request at fault, by default the last one of the check.
    """

    def __init__(
        self, rationale: str, *, expected: str = "", actual: str = "", exchange: Exchange | None = None
    ) -> None:
        super().__init__(rationale)
        self.rationale = rationale
        self.expected = expected
        self.actual = actual
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
        return "\n".join(parts)


class BlockedError(Exception):
    """Something the check needs is not there; `check` is the id of the check it waits for, if it is one."""

    def __init__(self, reason: str, check: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.check = check
