"""What a suite's child may say, line by line; anything else is nonsense, and ends the conversation."""

from __future__ import annotations

import json
from typing import Any

MAX_LINE = 4 << 20
"""Bytes of one message at most; the kit bounds each text in it."""

_NUMBER = (int, float)
_SHAPES: dict[str, dict[str, type | tuple[type, ...]]] = {
    "collected": {"ids": list},
    "started": {"id": str},
    "phase": {"id": str, "when": str, "outcome": str, "seconds": _NUMBER, "failure": (dict, type(None))},
    "crashed": {"id": str, "how": str, "tail": str},
    "doubted": {"id": str, "reason": str},
    "end": {"count": int, "events": int},
    "power": {"id": int, "power": str, "args": dict},
}
_FAILURE: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(
        ("outcome", "reason", "rationale", "expected", "actual", "curl", "transcript"),
        str,
    ),
    "request_ids": list,
    "waited": bool,
    "blocked_by": (str, type(None)),
}


class NonsenseError(Exception):
    """A message that no healthy child sends, or sends at this moment."""


def read(line: bytes) -> dict[str, Any]:
    """Return one message, of a known shape. Raises `NonsenseError`."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        raise NonsenseError(f"{line[:80]!r} is no message") from None
    shape = _SHAPES.get(str(message.get("event"))) if isinstance(message, dict) else None
    if shape is None or not _fits(message, shape):
        raise NonsenseError(f"{line[:80]!r} is no message of a known kind")
    if message["event"] == "phase" and not _is_consistent(message):
        raise NonsenseError(f"{line[:80]!r} does not say why the phase did not pass")
    fields: dict[str, Any] = message
    return fields


def _fits(record: dict[str, Any], shape: dict[str, type | tuple[type, ...]]) -> bool:
    return all(name in record and isinstance(record[name], kind) for name, kind in shape.items())


def _is_consistent(phase: dict[str, Any]) -> bool:
    if phase["outcome"] == "passed":
        return phase["failure"] is None
    return phase["failure"] is not None and _fits(phase["failure"], _FAILURE)
