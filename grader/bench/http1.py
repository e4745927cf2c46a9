"""As much HTTP/1.1 as a control API needs: one bounded request and one JSON reply per connection."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

MAX_HEAD = 8 * 1024
MAX_BODY = 64 * 1024


class BadRequestError(Exception):
    """Raised for what is no request of ours; the message is for the one who sent it."""


@dataclass(frozen=True)
class Request:
    """A parsed request; header names are lower-case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the body as a JSON object; raises `BadRequestError`."""
        try:
            data = json.loads(self.body)
        except ValueError as error:
            raise BadRequestError("the body is not JSON") from error
        if not isinstance(data, dict):
            raise BadRequestError("the body is not a JSON object")
        return data


@dataclass(frozen=True)
class Reply:
    """What to answer; `data` becomes JSON."""

    data: dict[str, Any]
    status: HTTPStatus = HTTPStatus.OK

    def encode(self) -> bytes:
        """Return the bytes of the whole response."""
        body = json.dumps(self.data).encode()
        head = (
            f"HTTP/1.1 {self.status.value} {self.status.phrase}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        return head.encode() + body


@dataclass
class Door:
    """Answers one request a connection; whatever the client does, only that connection ends.

    `seconds` is how long a client may take to send its request, and again to take the reply; how long
    `answer` takes is its own affair. A `BadRequestError` that it raises is told to the client.
    """

    answer: Callable[[Request], Awaitable[Reply]]
    seconds: float
    most: int
    _open: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection, or break it where `most` are being answered."""
        if self._open >= self.most:
            writer.transport.abort()
            return
        self._open += 1
        try:
            reply = await self._reply(reader)
            async with asyncio.timeout(self.seconds):
                writer.write(reply.encode())
                await writer.drain()
        except (OSError, EOFError):  # the client left, or was slower than the deadline (TimeoutError)
            writer.transport.abort()
        finally:
            self._open -= 1
            with contextlib.suppress(OSError):
                writer.close()

    async def _reply(self, reader: asyncio.StreamReader) -> Reply:
        try:
            async with asyncio.timeout(self.seconds):
                request = await read_request(reader)
            return await self.answer(request)
        except BadRequestError as error:
            return Reply({"error": str(error)}, HTTPStatus.BAD_REQUEST)


async def read_request(reader: asyncio.StreamReader) -> Request:
    """Read one request; raises `BadRequestError` or, when the client leaves early, `EOFError`."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as error:
        raise BadRequestError("the head is too long") from error
    first, *rest = head.decode("latin-1").split("\r\n")
    method, path = _request_line(first)
    headers = dict(_header(line) for line in rest if line)
    size = _body_size(headers)
    return Request(method, path, headers, await reader.readexactly(size))


def _request_line(line: str) -> tuple[str, str]:
    parts = line.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):  # noqa: PLR2004 - method, path, version
        raise BadRequestError("not an HTTP/1.1 request line")
    return parts[0], parts[1]


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon:
        raise BadRequestError("a header without a colon")
    return name.strip().lower(), value.strip()


def _body_size(headers: dict[str, str]) -> int:
    text = headers.get("content-length", "0")
    # isdigit alone would let other scripts' digits through, which int() may refuse.
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(MAX_BODY)) or int(text) > MAX_BODY:
        raise BadRequestError("the body is too long or its length is no number")
    return int(text)
