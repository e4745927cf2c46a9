"""Ports of this machine that are free, and that no other run of the grader takes.

Between choosing a port and the app listening on it lies the app's start, and half a second is enough for
another run to choose the same. So runs share the range out: each holds a block of ports for as long as it
lives, by keeping the block's first port bound. Several runs of one program share its blocks, so a port
is not handed out again while a run lasts: an app may be about to listen on it, or be down for a restart.
"""

from __future__ import annotations

import atexit
import random
import socket
import threading
import time

# Below what systems hand out for outgoing connections, so that no client takes one in between.
_FIRST, _END = 12000, 32000
_SIZE = 40
_AGAIN_S = 900.0
"""Seconds until a port may be handed out again: longer than any run of a suite."""


class Block:
    """The ports `first + 1` to `first + size - 1`, handed out in turn; `hold` keeps the block ours."""

    def __init__(self, first: int, size: int, hold: socket.socket) -> None:
        self.first, self.size, self._hold = first, size, hold
        self._given: dict[int, float] = {}

    def next_free(self, again: float = _AGAIN_S) -> int | None:
        """Return a port that nobody listens on and that was not handed out for `again` seconds, if any."""
        now = time.monotonic()
        for port in range(self.first + 1, self.first + self.size):
            if now - self._given.get(port, -again) < again:
                continue
            held = bound(port, shared=True)
            if held is not None:
                held.close()
                self._given[port] = now
                return port
        return None

    def release(self) -> None:
        """Give the block back."""
        self._hold.close()


_lock = threading.Lock()
_blocks: list[Block] = []


def free_port() -> int:
    """Return a port that nobody listens on at 127.0.0.1 and that no other grader hands out."""
    with _lock:
        for block in _blocks:
            port = block.next_free()
            if port is not None:
                return port
        while True:
            _blocks.append(taken_block())
            atexit.register(_blocks[-1].release)
            port = _blocks[-1].next_free()
            if port is not None:
                return port


def taken_block(first: int = _FIRST, end: int = _END, size: int = _SIZE) -> Block:
    """Return a block that was nobody's. Raises `OSError` when every one is held."""
    starts = list(range(first, end - size + 1, size))
    random.shuffle(starts)
    for start in starts:
        hold = bound(start, shared=False)
        if hold is not None:
            return Block(start, size, hold)
    message = f"every block of ports from {first} to {end} is held"
    raise OSError(message)


def bound(port: int, *, shared: bool) -> socket.socket | None:
    """Return a socket bound to a port of 127.0.0.1, or None if that port is in use.

    A `shared` one is had as a server would have it: connections that are over do not count.
    """
    probe = socket.socket()
    if shared:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("127.0.0.1", port))
    except OSError:
        probe.close()
        return None
    return probe
