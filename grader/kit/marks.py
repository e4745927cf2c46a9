"""Decorators that say what a check is; they only attach facts, which are also read statically."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

CheckFunction = TypeVar("CheckFunction", bound=Callable[..., Any])


def stretch(check: CheckFunction) -> CheckFunction:
    """Mark a check that earns its line's star and never holds a tick back."""
    return check


def alone(check: CheckFunction) -> CheckFunction:
    """Mark a check during which nothing else may run, because it measures ratios."""
    return check


def gate(check: CheckFunction) -> CheckFunction:
    """Mark one of the at most two checks of a line that later phases run again."""
    return check


def needs(*_powers: str) -> Callable[[CheckFunction], CheckFunction]:
    """Mark a check that asks the runtime for these powers; without them it is blocked."""
    return lambda check: check


def after(*_checks: str) -> Callable[[CheckFunction], CheckFunction]:
    """Mark a check that builds on others: `test_x` of the same file or `line.test_x`.

    Where one of them did not pass, this check is blocked by it.
    """
    return lambda check: check
