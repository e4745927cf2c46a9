"""Text from outside, made fit to be read: bounded, and unable to steer a terminal."""

from __future__ import annotations

import re

_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]"
)


def clipped(text: str, limit: int) -> str:
    """Return at most `limit` characters of the text, and how many there are beyond."""
    rest = len(text) - limit
    return text if rest <= 0 else f"{text[:limit]}... ({rest} more characters)"


def printable(text: str) -> str:
    r"""Return the text with controls, direction overrides and halves of characters as `\x1b` or `\u202e`."""
    return _UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], text)
