"""Takes JSON objects that the app, or a plugin inside it, posts; any path will do."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from http import HTTPStatus

from .http1 import BadRequestError, Reply, read_request
from .journal import Journal

_SECONDS = 10.0
_MAX_OPEN = 256


@dataclass
class Collector:
    """One address that takes reports; `journal` holds their bodies as they came."""

    journal: Journal = field(default_factory=Journal)
    port: int = 0
    _server: asyncio.Server | None = None
    _open: int = 0

    async def listen(self, host: str) -> int:
        """Listen on a free port and return it."""
        self._server = await asyncio.start_server(self._serve, host, 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self.port

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._open >= _MAX_OPEN:
            writer.transport.abort()
            return
        self._open += 1
        try:
            async with asyncio.timeout(_SECONDS):
                writer.write((await self._reply(reader)).encode())
                await writer.drain()
        except (OSError, EOFError):  # the app left, or was slower than the deadline (TimeoutError)
            writer.transport.abort()
        finally:
            self._open -= 1
            with contextlib.suppress(OSError):
                writer.close()

    async def _reply(self, reader: asyncio.StreamReader) -> Reply:
        try:
            request = await read_request(reader)
            request.json()
        except BadRequestError as error:
            return Reply({"error": str(error)}, HTTPStatus.BAD_REQUEST)
        body = request.body.decode("utf-8", "replace")
        self.journal.add({"at": time.time(), "path": request.path, "body": body})
        return Reply({"ok": True})

    def close(self) -> None:
        """Take no more."""
        if self._server is not None:
            self._server.close()
