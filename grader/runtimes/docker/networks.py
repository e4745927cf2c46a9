"""The two networks of a run: see docs/decisions on why there are two."""

from __future__ import annotations

import itertools
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from grader.model.problem import Blame, stopped

from .engine import OverlapError
from .subnets import VARIABLE, Addresses, candidates, pool, routed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .engine import Engine
    from .names import Names

_BRIDGE = "com.docker.network.bridge"
INNER = {f"{_BRIDGE}.inhibit_ipv4": "true"}
"""The bridge gets no address of its own: else every service of the host that listens on all addresses
would answer the app there, although the network is internal."""
OUTER = {f"{_BRIDGE}.enable_ip_masquerade": "false", f"{_BRIDGE}.host_binding_ipv4": "127.0.0.1"}
_TRIES = 30
_ROUTES = Path("/proc/net/route")


def create_inner(engine: Engine, names: Names) -> Addresses:
    """Make the network of app and services, from which nothing outside can be reached."""
    return _create(engine, names, "inner", internal=True, options=INNER)


def create_outer(engine: Engine, names: Names) -> Addresses:
    """Make the network through which the bench's ports are published on 127.0.0.1."""
    return _create(engine, names, "outer", internal=False, options=OUTER)


def _create(
    engine: Engine, names: Names, role: str, *, internal: bool, options: Mapping[str, str]
) -> Addresses:
    """Try subnets until one overlaps no network of the engine; raises `StoppedError` when none is left."""
    try:
        whole = pool()
    except ValueError as error:
        raise stopped(Blame.USAGE, "docker", str(error), f"`unset {VARIABLE}`") from error
    table = ""
    with suppress(OSError):  # other systems have no such file, and their engine has a machine of its own
        table = _ROUTES.read_text("utf-8")
    for subnet in itertools.islice(candidates(whole, routed(table), f"{names.run}/{role}"), _TRIES):
        with suppress(OverlapError):
            engine.create_network(
                names.name(role), subnet, internal=internal, options=options, labels=names.labels(role)
            )
            return Addresses(subnet)
    raise stopped(
        Blame.OURS,
        "docker",
        f"no free network was found in {whole}: {_TRIES} tries overlapped others",
        f"`docker network prune`, or name another range, as in `{VARIABLE}=10.77.0.0/16`",
    )
