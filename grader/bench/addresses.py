"""Reading addresses and port ranges from the command line."""

from __future__ import annotations

import argparse
import ipaddress
import socket

_LAST_PORT = 65535


def address_of(host: str) -> str:
    """Return the one address of a host to listen on, IPv4 first; raises ArgumentTypeError.

    A name with several addresses would get a different free port on each.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{host!r} is not known here: {error}") from error
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    return str(found[0][4][0])


def address_in(cidr: str) -> str:
    """Return this machine's own address in a network; raises ArgumentTypeError if it has none there."""
    try:
        network = ipaddress.ip_network(cidr)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    family = socket.AF_INET if network.version == 4 else socket.AF_INET6  # noqa: PLR2004 - IPv4
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a datagram socket sends nothing; it makes the kernel choose our address.
            probe.connect((str(network.network_address + 1), 9))
            own = str(probe.getsockname()[0])
        except OSError as error:
            raise argparse.ArgumentTypeError(f"no way into {cidr}: {error}") from error
    if ipaddress.ip_address(own) not in network:
        raise argparse.ArgumentTypeError(f"this machine has no address in {cidr}")
    return own


def pool(text: str) -> range:
    """Return the ports of `FIRST-LAST`, both included; raises ArgumentTypeError."""
    first, dash, last = text.partition("-")
    if not (dash and first.isdecimal() and last.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not FIRST-LAST")
    ports = range(int(first), int(last) + 1)
    if not ports or ports[0] < 1 or ports[-1] > _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a range of ports")
    return ports
