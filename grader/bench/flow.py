"""One direction of a connection: bytes on their way, late or slow as the mode has it."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from .modes import Shape

_HELD = 256 * 1024
"""Bytes on their way beyond which nothing more is read from the source."""
_TICK = 0.05
"""Seconds between two pieces of a throttled connection."""


class Source(Protocol):
    """The end that bytes come from."""

    def hold(self, why: str) -> None:
        """Read nothing for now."""

    def release(self, why: str) -> None:
        """Read again, unless there is another reason not to."""


class Sink(Protocol):
    """The end that bytes go to."""

    def send(self, data: bytes) -> None:
        """Write bytes."""

    def finish(self) -> None:
        """Say that no more bytes will follow."""


@dataclass
class Flow:
    """What `source` sent and `sink` has not got yet; `shape` tells the mode of this moment.

    The last piece of a half-closed connection is None.
    """

    source: Source
    sink: Sink
    shape: Callable[[], Shape]
    _under_way: deque[tuple[float, bytes | None]] = field(default_factory=deque)
    _size: int = 0
    _timer: asyncio.TimerHandle | None = None
    _next: float = 0.0
    _closed: bool = False

    @property
    def empty(self) -> bool:
        """Whether everything has arrived."""
        return not self._under_way

    def feed(self, data: bytes | None) -> None:
        """Take what the source sent; None is its half-close."""
        if not self._under_way and self.shape().plain:
            self._deliver(data)
            return
        self._under_way.append((asyncio.get_running_loop().time(), data))
        self._size += len(data or b"")
        if self._timer is None:
            self.pump()

    def pump(self) -> None:
        """Deliver what is due, and come again for the rest; to be called when the mode changed."""
        self._forget_timer()
        if self._closed:
            return
        shape, loop = self.shape(), asyncio.get_running_loop()
        while self._under_way and not shape.silent:
            due = max(self._under_way[0][0] + shape.delay, self._next if shape.rate else 0.0)
            if due > loop.time():
                self._timer = loop.call_at(due, self.pump)
                break
            self._pass_on(shape, loop.time())
        if shape.silent or self._size > _HELD:
            self.source.hold("flow")
        else:
            self.source.release("flow")

    def _pass_on(self, shape: Shape, now: float) -> None:
        at, data = self._under_way.popleft()
        if data is not None and shape.rate:
            most = max(1, int(shape.rate * _TICK))
            data, rest = data[:most], data[most:]
            if rest:
                self._under_way.appendleft((at, rest))
            self._next = now + len(data) / shape.rate
        self._size -= len(data or b"")
        self._deliver(data)

    def _deliver(self, data: bytes | None) -> None:
        if data is None:
            self.sink.finish()
        else:
            self.sink.send(data)

    def close(self) -> None:
        """Forget what is under way."""
        self._closed = True
        self._forget_timer()
        self._under_way.clear()

    def _forget_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
