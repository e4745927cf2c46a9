"""A stream that takes any text and outlives its reader."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from grader.exporters.stream import SafeStream


def stream(encoding: str) -> tuple[SafeStream, io.BytesIO]:
    """A safe stream onto bytes in this encoding."""
    raw = io.BytesIO()
    return SafeStream(io.TextIOWrapper(raw, encoding=encoding, write_through=True, newline="")), raw


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252", "latin-1", "cp437"])
def test_any_text_can_be_written(encoding: str) -> None:
    """No encoding makes it raise."""
    safe, raw = stream(encoding)
    safe.write("✓ ★ 漢 \ud800 é\n")
    assert raw.getvalue().endswith(b"\n")


def test_ascii_gets_look_alikes() -> None:
    """Our own glyphs become ASCII, anything else a code."""
    safe, raw = stream("ascii")
    safe.write("✓ ✗ – ★ 1/2 │ … 漢")  # noqa: RUF001 (the dash is a glyph of ours)
    assert raw.getvalue() == b"+ x - * 1/2 | ... \\u6f22"


def test_a_gone_reader_is_no_error() -> None:
    """Writing into a closed pipe goes on without an error, also at exit."""
    program = (
        "import sys; from grader.exporters.stream import SafeStream; safe = SafeStream(sys.stdout)\n"
        "for _ in range(100): safe.write('x' * 9999); safe.flush()\n"
        "print('cleaned up', file=sys.stderr)"
    )
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer) as gone:
        done = subprocess.run(
            [sys.executable, "-c", program],
            stdout=gone,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=30,
        )
    assert (done.returncode, done.stderr) == (0, "cleaned up\n")


def test_other_errors_are_told() -> None:
    """A full disk is not silence."""

    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        SafeStream(Full()).write("x")


@pytest.mark.parametrize(
    "line", ["::error::x", "  ::add-mask::x", "\t::x", "##[group]x", "a ##[error]b", "\n\n::x"]
)
def test_no_workflow_commands(line: str) -> None:
    """With `commands=False`, the runner sees none."""
    file = io.StringIO()
    SafeStream(file, commands=False).write(f"a\n{line}\n")
    lines = [row.strip() for row in file.getvalue().split("\n")]
    assert not any(row.startswith("::") or "##[" in row for row in lines)
