"""Two TCP connections joined into one: bytes, half-closes and resets pass in both directions."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import TYPE_CHECKING, cast

from .flow import Flow

if TYPE_CHECKING:
    from collections.abc import Callable

    from .modes import Shape

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class End(asyncio.Protocol):
    """One end of a pipe; what it reads goes to its peer as long as the peer keeps up.

    `count` is told the size of every chunk read, `gone` is called once when the connection is over,
    `shape` tells what happens to the bytes that come from here.
    """

    def __init__(
        self, count: Callable[[int], None], gone: Callable[[End], None], shape: Callable[[], Shape]
    ) -> None:
        self._count = count
        self._gone = gone
        self._shape = shape
        self._peer: End | None = None
        self._flow: Flow | None = None
        self._early: list[bytes | None] = []
        self._reasons: set[str] = set()
        self._transport: asyncio.Transport | None = None
        self._finished = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hold back reading until both ends are there."""
        self._transport = cast("asyncio.Transport", transport)
        self.hold("alone")

    def join(self, peer: End) -> None:
        """Let bytes flow from here to `peer`, unless either end is already gone."""
        self._peer = peer
        if self._transport is None or self._transport.is_closing():
            peer.reset()
            return
        self._flow = Flow(self, peer, self._shape)
        early, self._early = self._early, []
        for piece in early:
            self._flow.feed(piece)
        self.release("alone")
        self._flow.pump()

    def data_received(self, data: bytes) -> None:
        """Pass bytes on."""
        self._count(len(data))
        if self._flow is not None:
            self._flow.feed(data)
            return
        self._early.append(data)
        if self._transport is not None:
            # Early 3.11 starts reading right after `connection_made`, paused or not: this stops it.
            self._transport.resume_reading()
            self._transport.pause_reading()

    def send(self, data: bytes) -> None:
        """Write what the peer read."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def eof_received(self) -> bool:
        """Pass a half-close on and keep the other direction open."""
        if self._flow is None:
            self._early.append(None)
        else:
            self._flow.feed(None)
        return True

    def finish(self) -> None:
        """Say that no more bytes will follow, after those still under way; close when nor will any come."""
        with contextlib.suppress(OSError):  # the connection broke a moment ago; connection_lost follows
            if self._transport is not None and not self._transport.is_closing():
                self._transport.write_eof()
        self._finished = True
        if self._peer is not None and self._peer.finished:
            self._peer.close()
            self.close()

    @property
    def finished(self) -> bool:
        """Whether this end was told that no more bytes follow."""
        return self._finished

    def changed(self) -> None:
        """Take notice of another mode."""
        if self._flow is not None:
            self._flow.pump()

    def close(self) -> None:
        """Close after writing what is buffered."""
        if self._transport is not None:
            self._transport.close()

    def reset(self) -> None:
        """Close at once with RST, so that the other side sees a refusal and not a polite end."""
        transport = self._transport
        if transport is None:
            return
        sock = transport.get_extra_info("socket")
        with contextlib.suppress(OSError):  # already disconnected: then there is nobody to refuse
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()

    def pause_writing(self) -> None:
        """Stop the peer's reading: this end is slower."""
        if self._peer is not None:
            self._peer.hold("slow peer")

    def resume_writing(self) -> None:
        """Let the peer read again."""
        if self._peer is not None:
            self._peer.release("slow peer")

    def hold(self, why: str) -> None:
        """Read nothing for now."""
        self._reasons.add(why)
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def release(self, why: str) -> None:
        """Read again, unless there is another reason not to."""
        self._reasons.discard(why)
        if not self._reasons and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the peer the way this end ended: a break breaks it, a close closes it."""
        peer, self._peer = self._peer, None
        if self._flow is not None:
            self._flow.close()
        if peer is not None:
            if exc is None:
                peer.close()
            else:
                peer.reset()
        self._gone(self)
