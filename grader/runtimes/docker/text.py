"""Making text of strangers fit to print: bounded, and without what moves a terminal's cursor."""

from __future__ import annotations

import re

LINE = 2000
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def printable(line: str) -> str:
    """Return one line without colours and line ends, other controls spelled out, at most `LINE` long."""
    plain = _ESCAPES.sub("", line[: 2 * LINE]).rstrip("\r\n")
    return _CONTROLS.sub(_spell, plain)[:LINE]


def tail(text: str, lines: int = 20) -> str:
    """Return the last lines of a text, each printable."""
    return "\n".join(printable(line) for line in text.splitlines()[-lines:])


def _spell(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"<U+{code:04X}>"  # noqa: PLR2004 - one byte
