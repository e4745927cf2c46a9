"""What an app prints is kept bounded and made printable."""

from __future__ import annotations

import os

import pytest

from grader.runtimes.process.output import MAX_LINE, MAX_LINES, Output
from grader.runtimes.text import printable


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"plain\r\n", "plain"),
        (b"\x1b[31mred\x1b[0m", "red"),
        (b"\x1b]0;title\x07after", "after"),
        (b"\xff\xfe", "��"),
        (b"a\x00b\x07", "a�b�"),
        ("\u202etxt".encode(), "�txt"),
        (b"\ttab", "\ttab"),
        (b"x" * 9000, "x" * 2000),
    ],
)
def test_line_is_made_printable(raw, shown):
    assert printable(raw) == shown


def drained(*chunks: bytes) -> Output:
    reader, writer = os.pipe()
    output = Output()
    thread = output.drain(reader)
    for chunk in chunks:
        os.write(writer, chunk)
    os.close(writer)
    thread.join(10)
    return output


def texts(output: Output) -> list[str]:
    return [line.text for line in output.since(0)]


def test_lines_are_joined_over_chunks_and_the_last_needs_no_end():
    assert texts(drained(b"on", b"e\ntwo\n\nth", b"ree")) == ["one", "two", "", "three"]


def test_only_the_last_lines_are_kept():
    output = drained(*(b"%d\n" % number for number in range(MAX_LINES + 5)))
    assert texts(output)[0] == "5"
    assert len(texts(output)) == MAX_LINES


def test_long_line_loses_its_rest_and_the_next_is_whole():
    output = drained(*[b"x" * 50_000] * 40, b"\nnext\n")
    kept = [raw for _, raw, _ in output._lines]
    assert [len(raw) for raw in kept] == [MAX_LINE, 4]


def test_new_lines_are_told_since_the_last_time():
    output = drained(b"one\ntwo\n")
    assert output.after(0) == (2, ["one", "two"])
    assert output.after(1) == (2, ["two"])
    assert output.after(2) == (2, [])
