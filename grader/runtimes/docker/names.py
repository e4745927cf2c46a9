"""Labels and names: whatever this runtime makes on an engine says whose it is."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

RUN = "grader.run"
OWNER = "grader.owner"
ROLE = "grader.role"
"""What an object is for: `app`, `bench`, `postgres`, `scripts`, `inner`, `outer`."""

KIND = "grader.image"
"""Of images, which outlive runs: `app`, `bench`, `postgres`."""
LOCK = "grader.lock"
"""Of app images: the digest of what `npm ci` read."""


def owner() -> str:
    """Return who to ask about an object: this process on this machine."""
    return f"{os.getpid()}@{socket.gethostname()}"


@dataclass(frozen=True)
class Names:
    """Names and labels of one run's objects."""

    run: str

    def name(self, role: str) -> str:
        """Return the name of the object with this role."""
        return f"grader-{self.run}-{role}"

    def labels(self, role: str) -> dict[str, str]:
        """Return the labels of the object with this role."""
        return {RUN: self.run, OWNER: owner(), ROLE: role}

    @property
    def filter(self) -> str:
        """Return the label filter that finds everything of this run."""
        return f"{RUN}={self.run}"
