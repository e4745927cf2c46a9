"""Times of repeated commands, and their ratios."""

from __future__ import annotations

import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Times:
    """Seconds of several runs of one thing."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.seconds)

    def row(self) -> str:
        """Return median, extremes and count as one line."""
        low, high = min(self.seconds), max(self.seconds)
        return f"{self.name:44} {self.median:8.3f} s   ({low:.3f} to {high:.3f}, n={len(self.seconds)})"


def repeated(name: str, runs: int, once: Callable[[], float]) -> Times:
    """Run something several times; `once` returns the seconds that count."""
    return Times(name, tuple(once() for _ in range(runs)))


def wall(command: Sequence[str]) -> float:
    """Return how long a command takes; it has to succeed."""
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - began


def ratio(name: str, ours: Times, rival: Times, promise: float) -> str:
    """Return our median over the rival's, with the extremes that the runs allow, and the promise."""
    middle = ours.median / rival.median
    low = min(ours.seconds) / max(rival.seconds)
    high = max(ours.seconds) / min(rival.seconds)
    verdict = "kept" if middle <= promise else "BROKEN"
    return f"{name:44} {middle:8.2f}     ({low:.2f} to {high:.2f}), promised at most {promise:g}: {verdict}"


def bound(name: str, ours: Times, promise: float) -> str:
    """Return whether a median keeps an absolute promise in seconds."""
    verdict = "kept" if ours.median <= promise else "BROKEN"
    return f"{name:44} {ours.median:8.3f} s, promised at most {promise:g} s: {verdict}"
