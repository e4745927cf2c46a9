"""Named forwards: a listening port each, piped to one fixed target that may be changed."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from .modes import PASS, Mode, Shape
from .pipe import End

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_OPEN = 1024
"""Connections a forward holds at once; further ones are reset."""
CONNECT_SECONDS = 5.0
_BACKLOG = 1024


@dataclass(frozen=True)
class Endpoint:
    """Where a forward leads; `host` may be a name, which is looked up for every connection."""

    host: str
    port: int


class NoPortError(Exception):
    """Raised when all ports of the pool are taken."""


@dataclass
class Forward:
    """One listening port and what went through it."""

    target: Endpoint
    port: int = 0
    total: int = 0
    refused: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    server: asyncio.Server | None = None
    ends: set[End] = field(default_factory=set)
    connecting: set[asyncio.Task[None]] = field(default_factory=set)
    open: int = 0
    mode: Mode = PASS
    placeholder: socket.socket | None = None

    def accept(self) -> End:
        """Return the protocol of a connection that just came in."""
        return _Front(self)

    def statistics(self) -> dict[str, object]:
        """Return the counters as plain JSON values; bytes are seen from the client."""
        return {
            "port": self.port,
            "target": f"{self.target.host}:{self.target.port}",
            "open": self.open,
            "total": self.total,
            "refused": self.refused,
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "mode": self.mode.name,
        }

    async def set_mode(self, mode: Mode) -> None:
        """Let a mode begin: for the connections open now, and for those to come."""
        self.mode = mode
        if mode.name == "refuse":
            self._deafen()
        elif self.placeholder is not None:
            sock, self.placeholder = self.placeholder, None
            await self.listen(sock)
        if mode.name in {"refuse", "reset", "cut"}:
            self.break_off()
        for end in tuple(self.ends):
            end.changed()

    async def listen(self, sock: socket.socket) -> None:
        """Listen on a bound socket."""
        self.port = sock.getsockname()[1]
        self.server = await asyncio.get_running_loop().create_server(self.accept, sock=sock, backlog=_BACKLOG)

    def _deafen(self) -> None:
        """Stop listening, but hold the port: bound and deaf, it refuses, and nobody else takes it."""
        if self.server is None or self.placeholder is not None:
            return
        host = self.server.sockets[0].getsockname()[0]
        self.server.close()
        self.placeholder = bound(host, self.port)

    def break_off(self) -> None:
        """Reset what is open."""
        for task in tuple(self.connecting):
            task.cancel()
        for end in tuple(self.ends):
            end.reset()

    def up(self) -> Shape:
        """Return what happens to bytes towards the target."""
        return self.mode.up

    def down(self) -> Shape:
        """Return what happens to bytes from the target."""
        return self.mode.down

    def close(self) -> None:
        """Stop listening and reset what is open."""
        if self.server is not None:
            self.server.close()
        if self.placeholder is not None:
            self.placeholder.close()
        self.break_off()


class _Front(End):
    """The client's end: it looks for the target once it is connected itself."""

    def __init__(self, forward: Forward) -> None:
        super().__init__(partial(_add, forward, "bytes_in"), self._left, forward.up)
        self._forward = forward
        self._counted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        forward = self._forward
        forward.total += 1
        forward.ends.add(self)
        if forward.open >= MAX_OPEN or forward.mode.name == "reset":
            forward.refused += 1
            self.reset()
            return
        self._counted = True
        forward.open += 1
        task = asyncio.get_running_loop().create_task(self._reach_target())
        forward.connecting.add(task)
        task.add_done_callback(forward.connecting.discard)

    async def _reach_target(self) -> None:
        forward = self._forward
        back = End(partial(_add, forward, "bytes_out"), forward.ends.discard, forward.down)
        forward.ends.add(back)
        try:
            await _connect(back, forward.target)
        except (OSError, ValueError, asyncio.CancelledError):  # ValueError: a name that IDNA cannot encode
            forward.ends.discard(back)
            forward.refused += 1
            back.reset()
            self.reset()
            return
        back.join(self)
        self.join(back)

    def _left(self, _end: End) -> None:
        self._forward.ends.discard(self)
        if self._counted:
            self._forward.open -= 1


async def _connect(end: End, target: Endpoint) -> None:
    """Connect an end to the target; raises OSError when it does not answer within the deadline."""
    async with asyncio.timeout(CONNECT_SECONDS):
        transport, _ = await asyncio.get_running_loop().create_connection(
            lambda: end, target.host, target.port
        )
    # On loopback a port nobody listens on may be given to us as our own: then we talk to ourselves.
    if transport.get_extra_info("sockname") == transport.get_extra_info("peername"):
        raise ConnectionRefusedError


def _add(forward: Forward, counter: str, size: int) -> None:
    setattr(forward, counter, getattr(forward, counter) + size)


def bound(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address (port 0: any); raises OSError where it is taken."""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


class Forwards:
    """All forwards of a bench, by name; they listen on `host`, on ports of `pool` when there is one."""

    def __init__(self, host: str, pool: Iterable[int] | None = None) -> None:
        self._host = host
        self._pool = None if pool is None else tuple(pool)
        self._by_name: dict[str, Forward] = {}
        self._change = asyncio.Lock()

    async def put(self, name: str, target: Endpoint) -> int:
        """Lead `name` to `target` and return its port; a known name keeps its port and connections.

        Raises `NoPortError` when the pool has no port left.
        """
        async with self._change:
            forward = self._by_name.get(name)
            if forward is None:
                forward = Forward(target)
                await self._listen(forward)
                self._by_name[name] = forward
            forward.target = target
            return forward.port

    async def _listen(self, forward: Forward) -> None:
        for port in self._free_ports():
            try:
                sock = bound(self._host, port)
            except OSError:  # taken by somebody else: the next one may be free
                continue
            await forward.listen(sock)
            return
        raise NoPortError

    def _free_ports(self) -> tuple[int, ...]:
        if self._pool is None:
            return (0,)
        taken = {forward.port for forward in self._by_name.values()}
        return tuple(port for port in self._pool if port not in taken)

    async def set_mode(self, name: str, mode: Mode) -> bool:
        """Let a forward go into a mode; tell whether there is one of that name."""
        async with self._change:
            forward = self._by_name.get(name)
            if forward is not None:
                await forward.set_mode(mode)
            return forward is not None

    async def remove(self, name: str) -> bool:
        """Close a forward and its connections; tell whether there was one."""
        async with self._change:
            forward = self._by_name.pop(name, None)
            if forward is None:
                return False
            forward.close()
            return True

    def statistics(self) -> dict[str, dict[str, object]]:
        """Return every forward's counters by name."""
        return {name: forward.statistics() for name, forward in self._by_name.items()}

    def close(self) -> None:
        """Close all forwards."""
        for forward in self._by_name.values():
            forward.close()
        self._by_name.clear()
