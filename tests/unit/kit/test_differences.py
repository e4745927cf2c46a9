"""How lists differ, in words."""

from __future__ import annotations

import pytest

from grader.kit import expect
from grader.kit.differences import of_lists
from grader.kit.verdicts import UnmetError


def test_short_lists_are_shown() -> None:
    """Anybody sees how these differ."""
    assert of_lists(["a"], ["b", "c"]) == '["a"]'


def test_tells_what_is_missing_and_what_is_too_many() -> None:
    """Items count as often as they are there."""
    said = of_lists(["a", "b", "x", "x"], ["a", "a", "b", "x"])
    assert said == '4 items; 1 missing: "a"; 1 that should not be there: "x"'


def test_long_differences_are_cut() -> None:
    """Four are enough to look for."""
    assert of_lists(list(range(9)), []).endswith("9 that should not be there: 0, 1, 2, 3 and 5 more")


def test_tells_where_the_order_differs() -> None:
    """The first place is where to look."""
    said = of_lists([1, 3, 2, 4], [1, 2, 3, 4])
    assert said == "4 items; the right ones in another order: number 2 is 3 instead of 2"


def test_expectation_uses_it() -> None:
    """What a check says of lists."""
    with pytest.raises(UnmetError) as caught:
        expect.equal([3, 2, 1], [1, 2, 3], "Sorted.")
    assert "number 1 is 3 instead of 1" in str(caught.value.actual)
