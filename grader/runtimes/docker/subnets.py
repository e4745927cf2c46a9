"""Small networks of our own choice: the engine's default pools run out after about thirty."""

from __future__ import annotations

import ipaddress
import os
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Subnet = ipaddress.IPv4Network

VARIABLE = "GRADER_DOCKER_POOL"
DEFAULT_POOL = "10.213.0.0/16"
PREFIX = 26
"""Of one network: 62 addresses, for the bench, the services and the app's instances."""


def pool(env: Mapping[str, str] = os.environ) -> Subnet:
    """Return the range our networks are cut from; raises ValueError for a bad one."""
    chosen = ipaddress.IPv4Network(env.get(VARIABLE) or DEFAULT_POOL)
    if chosen.prefixlen > PREFIX - 1:
        raise ValueError(f"{VARIABLE}={chosen} is too small: a run takes two networks of /{PREFIX}")
    return chosen


def candidates(whole: Subnet, avoid: Iterable[Subnet], seed: str) -> Iterator[Subnet]:
    """Yield subnets of `whole` that overlap none of `avoid`, in an order drawn from `seed`.

    Random, because runs side by side that all began at the first would collide each time.
    """
    taken = tuple(avoid)
    count = 1 << (PREFIX - whole.prefixlen)
    size = 1 << (32 - PREFIX)
    for index in random.Random(seed).sample(range(count), count):  # noqa: S311 - no secret
        subnet = ipaddress.IPv4Network((int(whole.network_address) + index * size, PREFIX))
        if not any(subnet.overlaps(other) for other in taken):
            yield subnet


def routed(table: str) -> tuple[Subnet, ...]:
    """Return the networks of a /proc/net/route, but for the default route: a VPN's, say."""
    rows = (line.split() for line in table.splitlines()[1:])
    nets = (_row(row[1], row[7]) for row in rows if len(row) > 7)  # noqa: PLR2004 - the mask's column
    return tuple(net for net in nets if net is not None and net.prefixlen)


def _row(address: str, mask: str) -> Subnet | None:
    try:
        packed = [int.from_bytes(bytes.fromhex(one), "little") for one in (address, mask)]
        return ipaddress.IPv4Network((packed[0], packed[1].bit_count()), strict=False)
    except ValueError:
        return None


class Addresses:
    """Hands out a network's addresses, each once: the first is the gateway's."""

    def __init__(self, subnet: Subnet) -> None:
        self.subnet = subnet
        self._free = list(subnet.hosts())[1:]

    def take(self) -> str:
        """Return an address nobody has; raises IndexError when there is none."""
        return str(self._free.pop(0))

    def give_back(self, address: str) -> None:
        """Make an address free again, to be used after all others."""
        self._free.append(ipaddress.IPv4Address(address))
