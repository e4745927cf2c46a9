"""Time that a check lets pass, and the data it makes up."""

from __future__ import annotations

import time

import pytest

from grader.kit import Draw, wait


def test_until_waits_for_the_instant_and_not_for_one_that_is_over() -> None:
    """The instant is one of the monotonic clock."""
    began = time.monotonic()
    wait.until(began + 0.05, "to see it wait")
    assert time.monotonic() - began >= 0.05
    wait.until(began - 100, "over")


def test_for_value_returns_the_good_value_or_the_last() -> None:
    """Whoever asks states the expectation on what comes back."""
    values = iter(range(100))
    assert wait.for_value(lambda: next(values), lambda value: value == 3, within=5) == 3
    assert wait.for_value(lambda: 7, lambda value: value == 8, within=0.05) == 7


def test_for_value_asks_twice_however_slow_the_first_answer() -> None:
    """A slow machine does not decide."""
    asked = []

    def probe() -> int:
        asked.append(1)
        time.sleep(0.02)
        return len(asked)

    assert wait.for_value(probe, lambda value: value == 2, within=0.001) == 2


@pytest.mark.parametrize("seed", ["7/a", "7/b"])
def test_draw_is_repeatable_and_never_repeats_itself(seed: str) -> None:
    """One seed draws the same words again, and no word twice."""
    first, second = Draw(seed), Draw(seed)
    emails = [first.email() for _ in range(500)]
    assert emails == [second.email() for _ in range(500)]
    assert len(set(emails)) == 500
    assert all(8 <= len(first.password()) <= 128 for _ in range(100))
