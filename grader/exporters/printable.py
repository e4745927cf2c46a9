"""Make text from a learner's service safe to show: every sink passes what it did not write itself."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate

LINE_LIMIT = 500
TEXT_LIMIT = 2048
_ROOM_FOR_MARK = 40
_LAST_CONTROL = 0x9F

_CONTROL = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
# Whatever a terminal or browser draws as nothing, or lets reorder its neighbours: Unicode's format
# characters, line separators, fillers, invisible variation selectors; and halves of surrogate pairs.
_HIDDEN = (
    r"\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\uffff"
    r"\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff"
)
_UNPRINTABLE = re.compile(f"[{_CONTROL}{_HIDDEN}]")


def printable(text: str, limit: int = TEXT_LIMIT) -> str:
    r"""Return text that can neither steer a terminal nor hide in it.

    Controls become `\xNN`, direction overrides and invisible characters `<U+202E>`; newline and tab stay,
    and the `\r` of a `\r\n` goes. A line has at most 500 characters, the whole at most `limit` (at
    least 120); an ellipsis says how many more there were. Doing it twice changes nothing.
    """
    limit = max(limit, 3 * _ROOM_FOR_MARK)
    lines = text.replace("\r\n", "\n").split("\n", limit)
    room = limit if len(lines) == 1 else limit - _ROOM_FOR_MARK - 1
    shown = [_line(line, min(LINE_LIMIT, room)) for line in lines]
    ends = list(accumulate(len(line) + 1 for line in shown))
    if ends[-1] - 1 <= limit:
        return "\n".join(shown)
    kept = bisect_right(ends, limit - _ROOM_FOR_MARK)
    return "\n".join([*shown[:kept], _mark(len("\n".join(lines[kept:])))])


def one_line(text: str, limit: int = LINE_LIMIT) -> str:
    """Return `printable` text on a single line, its white space collapsed."""
    return printable(" ".join(text.split()), limit)


def _line(text: str, room: int) -> str:
    """Escape one line and, if it does not fit the room, cut it between two characters."""
    if len(text) <= room and not _UNPRINTABLE.search(text):
        return text
    pieces = [_UNPRINTABLE.sub(_escape, character) for character in text[: room + 1]]
    ends = list(accumulate(map(len, pieces)))
    if ends[-1] <= room:
        return "".join(pieces)
    kept = bisect_right(ends, room - _ROOM_FOR_MARK)
    return "".join(pieces[:kept]) + _mark(len(text) - kept)


def _mark(left_out: int) -> str:
    return f"… [{left_out} more characters]"


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"<U+{code:04X}>" if code > _LAST_CONTROL else f"\\x{code:02x}"
