"""Takes JSON objects that the app, or a plugin inside it, posts; any path will do."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from .http1 import Door, Reply, Request
from .journal import Journal

_SECONDS = 10.0
_MAX_OPEN = 256


@dataclass
class Collector:
    """One address that takes reports; `journal` holds their bodies as they came."""

    journal: Journal = field(default_factory=Journal)
    port: int = 0
    _server: asyncio.Server | None = None

    async def listen(self, host: str) -> int:
        """Listen on a free port and return it."""
        self._server = await asyncio.start_server(Door(self._take, _SECONDS, _MAX_OPEN).serve, host, 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self.port

    async def _take(self, request: Request) -> Reply:
        request.json()
        body = request.body.decode("utf-8", "replace")
        self.journal.add({"at": time.time(), "path": request.path, "body": body})
        return Reply({"ok": True})

    def close(self) -> None:
        """Take no more."""
        if self._server is not None:
            self._server.close()
