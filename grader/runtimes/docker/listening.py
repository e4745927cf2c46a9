"""Reading /proc/net/tcp and tcp6: which sockets of a container listen, and where."""

from __future__ import annotations

import ipaddress

from grader.runtimes.diagnosis import Listening

_LISTEN = "0A"
_COLUMNS = 4
DNS = "127.0.0.11"
"""The engine's own name server listens in every container."""


def parse(tables: str) -> tuple[Listening, ...]:
    """Return the listening sockets of these tables, each once, in their order; bad lines are skipped."""
    rows = (line.split() for line in tables.splitlines())
    found = (_socket(row[1]) for row in rows if len(row) >= _COLUMNS and row[3] == _LISTEN)
    return tuple(dict.fromkeys(one for one in found if one is not None and one.address != DNS))


def _socket(text: str) -> Listening | None:
    address, _, port = text.partition(":")
    try:
        return Listening(address=_address(bytes.fromhex(address)), port=int(port, 16))
    except ValueError:
        return None


def _address(raw: bytes) -> str:
    # The kernel prints 32-bit words in the machine's own order: little-endian wherever this runs.
    words = b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
    if len(words) == 4:  # noqa: PLR2004 - IPv4
        return str(ipaddress.IPv4Address(words))
    six = ipaddress.IPv6Address(words)
    return str(six.ipv4_mapped or six)
