"""Free ports of this machine."""

from __future__ import annotations

import random
import socket

# Below what systems hand out for outgoing connections, so that no client takes it in between.
_RANGE = range(12000, 32000)


def free_port() -> int:
    """Return a port that nobody listens on at 127.0.0.1."""
    while True:
        port = random.choice(_RANGE)  # noqa: S311 - no secret
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
