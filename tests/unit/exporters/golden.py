"""Compare what people see with what was recorded; GRADE_RECORD=1 records it anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "golden" / "exporters"
_TIME = re.compile(r"\b(\d+ min )?\d+(\.\d)? s\b( +)?")


def normal(text: str) -> str:
    """Text without times and without the blanks that pad its rows."""
    timeless = _TIME.sub(lambda match: "N s" + (match[3] or ""), text)
    return "\n".join(line.rstrip() for line in timeless.split("\n"))


def assert_golden(name: str, text: str) -> None:
    """The text is the recorded one."""
    file = FOLDER / name
    if os.environ.get("GRADE_RECORD"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(normal(text), encoding="utf-8", newline="\n")
    assert file.read_text(encoding="utf-8") == normal(text), f"to accept: GRADE_RECORD=1 pytest {__file__}"
