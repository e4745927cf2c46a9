"""What a fault proxy may do to the connections that go through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MODES = ("pass", "delay", "throttle", "blackhole", "reset", "refuse", "cut")
"""pass: everything goes through.
delay(ms): every byte arrives so much later.
throttle(rate): each connection passes so many bytes a second.
blackhole: connections open and stay open, no byte passes; what was held arrives once it is over.
reset: open connections are reset, new ones are accepted and reset.
refuse: nobody listens; open connections are reset.
cut: open connections are reset once, new ones pass.

delay, throttle and blackhole take `direction`: `up` (towards the target), `down` or `both`.
"""
DIRECTIONS = ("up", "down", "both")
_MOST = 1 << 30


class ModeError(ValueError):
    """Raised for a mode there is not, or options that do not belong to it; the text says which."""


@dataclass(frozen=True)
class Shape:
    """What happens to the bytes of one direction: `rate` in bytes a second (0: no bound)."""

    delay: float = 0.0
    rate: int = 0
    silent: bool = False

    @property
    def plain(self) -> bool:
        """Whether bytes just pass."""
        return not (self.delay or self.rate or self.silent)


@dataclass(frozen=True)
class Mode:
    """One mode with its options, as two shapes."""

    name: str = "pass"
    up: Shape = Shape()
    down: Shape = Shape()


PASS = Mode()


def read_mode(options: dict[str, Any]) -> Mode:
    """Return the mode that a request describes; raises `ModeError`."""
    given = dict(options)
    name, direction = given.pop("mode", None), given.pop("direction", "both")
    if name not in MODES:
        raise ModeError(f"mode is {name!r}, none of {', '.join(MODES)}")
    if direction not in DIRECTIONS:
        raise ModeError(f"direction is {direction!r}, none of {', '.join(DIRECTIONS)}")
    shape = _shape(name, given)
    if given:
        raise ModeError(f"{name} takes no {', '.join(sorted(given))}")
    up, down = (shape if direction in {one, "both"} else Shape() for one in ("up", "down"))
    return Mode(name, up, down)


def _shape(name: str, given: dict[str, Any]) -> Shape:
    if name == "delay":
        return Shape(delay=_whole(given.pop("ms", None), "ms") / 1000)
    if name == "throttle":
        return Shape(rate=_whole(given.pop("rate", None), "rate"))
    return Shape(silent=name == "blackhole")


def _whole(value: object, name: str) -> int:
    if type(value) is not int or not 0 < value < _MOST:
        raise ModeError(f"{name} is {value!r}, not a whole number above zero")
    return value
