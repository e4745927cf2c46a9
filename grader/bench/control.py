"""The control API: who may ask, and what each route does."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import re
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING

from .forwards import Endpoint, Forwards, NoPortError
from .http1 import BadRequestError, Reply, Request, read_request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[["Control", Request, str], Awaitable[Reply]]

REQUEST_SECONDS = 5.0
MAX_REQUESTS = 64
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_MAX_PORT = 65535


class Control:
    """Answers control requests of those who know the token; `nonce` tells this bench from others."""

    def __init__(self, token: str, forwards: Forwards) -> None:
        self._token = token
        self._open = 0
        self.nonce = secrets.token_hex(8)
        self.forwards = forwards

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection; whatever the client does, only this connection ends."""
        if self._open >= MAX_REQUESTS:
            writer.transport.abort()
            return
        self._open += 1
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                writer.write((await self._reply(reader)).encode())
                await writer.drain()
        except (OSError, EOFError):  # the client left, or was slower than the deadline (TimeoutError)
            writer.transport.abort()
        finally:
            self._open -= 1
            with contextlib.suppress(OSError):
                writer.close()

    async def _reply(self, reader: asyncio.StreamReader) -> Reply:
        try:
            request = await read_request(reader)
            if not self._allowed(request):
                return Reply({"error": "a bearer token is required"}, HTTPStatus.UNAUTHORIZED)
            return await self._route(request)
        except BadRequestError as error:
            return Reply({"error": str(error)}, HTTPStatus.BAD_REQUEST)
        except NoPortError:
            return Reply({"error": "no port of the pool is free"}, HTTPStatus.CONFLICT)

    def _allowed(self, request: Request) -> bool:
        expected = f"Bearer {self._token}".encode()
        return hmac.compare_digest(request.headers.get("authorization", "").encode(), expected)

    async def _route(self, request: Request) -> Reply:
        _, _, rest = request.path.partition("/")
        collection, _, name = rest.partition("/")
        handler = ROUTES.get((request.method, collection, bool(name)))
        if handler is None or (name and not _NAME.fullmatch(name)):
            return Reply({"error": "no such route"}, HTTPStatus.NOT_FOUND)
        return await handler(self, request, name)


async def _health(control: Control, _request: Request, _name: str) -> Reply:
    return Reply({"ok": True, "nonce": control.nonce})


async def _list_forwards(control: Control, _request: Request, _name: str) -> Reply:
    return Reply({"forwards": control.forwards.statistics()})


async def _put_forward(control: Control, request: Request, name: str) -> Reply:
    data = request.json()
    host, port = data.get("host"), data.get("port")
    if not isinstance(host, str) or not host or type(port) is not int or not 0 < port <= _MAX_PORT:
        raise BadRequestError("host must be a name or an address, port a number from 1 to 65535")
    return Reply({"port": await control.forwards.put(name, Endpoint(host, port))})


async def _delete_forward(control: Control, _request: Request, name: str) -> Reply:
    if await control.forwards.remove(name):
        return Reply({"ok": True})
    return Reply({"error": "no such forward"}, HTTPStatus.NOT_FOUND)


ROUTES: dict[tuple[str, str, bool], Handler] = {
    ("GET", "health", False): _health,
    ("GET", "forwards", False): _list_forwards,
    ("PUT", "forwards", True): _put_forward,
    ("DELETE", "forwards", True): _delete_forward,
}
"""Method, first part of the path, whether a name follows."""
