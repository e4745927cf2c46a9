"""What a stub was told, numbered, bounded, and readable while it grows."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

MAX_ENTRIES = 10_000
MAX_BYTES = 32 << 20
"""Beyond either, the oldest entries are forgotten."""
_PAGE_BYTES = 4 << 20
"""Of one answer to a reader, who asks again for the rest."""


@dataclass
class Journal:
    """Entries of one stub; numbers begin with 1 and are never used again."""

    last: int = 0
    _entries: deque[tuple[int, dict[str, Any]]] = field(default_factory=deque)
    _size: int = 0
    _grown: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, entry: dict[str, Any]) -> None:
        """Add an entry and wake those who wait for one."""
        self.last += 1
        numbered = {"number": self.last, **entry}
        size = len(json.dumps(numbered))
        self._entries.append((size, numbered))
        self._size += size
        while len(self._entries) > MAX_ENTRIES or self._size > MAX_BYTES:
            self._size -= self._entries.popleft()[0]
        self._grown.set()
        self._grown = asyncio.Event()

    async def read(self, after: int, seconds: float) -> list[dict[str, Any]]:
        """Return a page of the entries after a number, waiting up to `seconds` until there is one."""
        try:
            async with asyncio.timeout(seconds):
                while self.last <= after:
                    await self._grown.wait()
        except TimeoutError:
            return []
        return self._page(after)

    def _page(self, after: int) -> list[dict[str, Any]]:
        page, room = [], _PAGE_BYTES
        for size, entry in self._entries:
            if entry["number"] <= after:
                continue
            page.append(entry)
            room -= size
            if room <= 0:
                break
        return page
