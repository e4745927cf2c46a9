"""Run as a program inside the bench's image: starts the bench, on early 3.11 with a mended asyncio.

There `pause_reading()` in `connection_made` is undone right after, so what a client sends at once is
lost: asyncio starts reading in the next step of its loop without asking whether it was paused.
"""

from __future__ import annotations

import runpy
import sys
from asyncio import selector_events
from pathlib import Path
from typing import Any

MENDED = (3, 11, 7)
"""A version known to ask; asking twice is harmless."""


def mend(transport: Any) -> None:
    """Make a transport class ask before it starts reading."""
    plain = transport._add_reader  # noqa: SLF001

    def add_reader(self: Any, *args: Any) -> None:
        if not getattr(self, "_paused", False):
            plain(self, *args)

    transport._add_reader = add_reader  # noqa: SLF001


if __name__ == "__main__":
    if sys.version_info < MENDED:
        mend(getattr(selector_events, "_SelectorTransport"))  # noqa: B009 - private, and so unknown to mypy
    runpy.run_path(str(Path(__file__).with_name("bench")), run_name="__main__")
