"""Whatever a service says, it cannot steer a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.exporters.printable import LINE_LIMIT, TEXT_LIMIT, one_line, printable

ANY_TEXT = st.text(st.characters(), max_size=300) | st.text(
    st.sampled_from("\x1b\x07\u202e\ud800\r\n\tab é漢")
)
LONG_TEXT = st.builds(lambda text, times: text * times, ANY_TEXT, st.integers(0, 200))


@given(LONG_TEXT)
def test_nothing_invisible_remains(text: str) -> None:
    """Only newline and tab are left of what no glyph shows."""
    left = {
        character
        for character in printable(text)
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    }
    assert left <= {"\n", "\t"}


@given(LONG_TEXT)
def test_lines_and_whole_are_bounded(text: str) -> None:
    """500 characters a line, 2048 in all."""
    shown = printable(text)
    assert len(shown) <= TEXT_LIMIT
    assert all(len(line) <= LINE_LIMIT for line in shown.split("\n"))


@given(LONG_TEXT, st.integers(120, 3000))
def test_twice_changes_nothing(text: str, limit: int) -> None:
    """A text may pass several sinks."""
    once = printable(text, limit)
    assert len(once) <= limit
    assert printable(once, limit) == once


@given(LONG_TEXT)
def test_it_can_be_encoded(text: str) -> None:
    """Lone surrogates do not reach a stream."""
    printable(text).encode("utf-8")


@given(LONG_TEXT)
def test_one_line_is_one(text: str) -> None:
    """No line break survives."""
    assert len(one_line(text).splitlines()) <= 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 漢 😀", "plain é 漢 😀"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\r\nb\rc", "a\nb\\x0dc"),
        ("\x1b[31mred\x1b[0m\x07", "\\x1b[31mred\\x1b[0m\\x07"),
        ("\x9b1m\x7f\x00", "\\x9b1m\\x7f\\x00"),
        ("\u202eabc\u2066\u200b\ufeff", "<U+202E>abc<U+2066><U+200B><U+FEFF>"),
        ("\ud83d", "<U+D83D>"),
        ("\u2028\U000e0041", "<U+2028><U+E0041>"),
    ],
)
def test_shows(text: str, shown: str) -> None:
    """Each kind of character in its own notation."""
    assert printable(text) == shown


def test_a_cut_line_says_how_much() -> None:
    """The count is of what was left out, exactly."""
    shown = printable("x" * 3_000_000)
    kept, _, mark = shown.partition("…")
    assert mark == f" [{3_000_000 - len(kept)} more characters]"


def test_a_cut_text_says_how_much() -> None:
    """Whole lines are kept, the rest is counted."""
    text = "\n".join(["y" * 99] * 1000)
    *kept, mark = printable(text).split("\n")
    assert kept == ["y" * 99] * len(kept)
    assert mark == f"… [{len(text) - len(kept) * 100} more characters]"


def test_an_escape_is_never_cut_in_two() -> None:
    """What is kept is whole notations."""
    kept = printable("\x1b" * 1000).partition("…")[0]
    assert kept == "\\x1b" * (len(kept) // 4)
