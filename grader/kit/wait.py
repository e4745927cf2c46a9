"""The only places where a check lets time pass."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from grader.kit.transcript import current

if TYPE_CHECKING:
    from collections.abc import Callable

Value = TypeVar("Value")


def until(instant: float, why: str) -> None:  # noqa: ARG001 - read by people, and by reviews of checks
    """Wait for an instant of `time.monotonic()`, because time itself is what is tested (say why)."""
    left = instant - time.monotonic()
    if left > 0:
        time.sleep(left)


def for_value(probe: Callable[[], Value], good: Callable[[Value], bool], within: float) -> Value:
    """Ask again and again, at most `within` seconds, until the value is good; return the last one seen.

    Asks at least twice, so that a slow machine does not decide; the caller states its expectation on
    what comes back.
    """
    deadline = time.monotonic() + within
    value = probe()
    while not good(value):
        pause = min(0.1, max(0.02, within / 50))
        time.sleep(pause)
        value = probe()
        if time.monotonic() > deadline:
            current.waited = not good(value)
            break
    return value
