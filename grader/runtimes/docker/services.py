"""Fresh services for the instances of a run, as their app and as the grader reach them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .ground import Ground

_STUBS = {"smtp": ("smtp", "sinks"), "collector": ("http", "collectors")}


@dataclass(frozen=True)
class Service:
    """One service of one app: `url` is the app's, `admin` the grader's; `proxy` stands before it, if any."""

    url: str
    admin: str
    proxy: str = ""


@dataclass
class Services:
    """Hands out fresh services: those of `names`, each in `faults` behind a proxy of its own."""

    ground: Ground
    names: Sequence[str]
    faults: Sequence[str]
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def fresh(self) -> dict[str, Service]:
        """Return new, empty services for an app."""
        number = next(self._numbers)
        return {name: self._behind_proxy(name, number, self._new(name, number)) for name in self.names}

    @property
    def hosts(self) -> dict[str, str]:
        """Return the addresses of the names that the app's URLs hold."""
        behind = set(self.faults) | set(_STUBS)
        stubs = {name: self.ground.benches.stubs for name in self.names if name in behind}
        return {**{name: self.ground.address(name) for name in self.names if name not in behind}, **stubs}

    def _new(self, name: str, number: int) -> Service:
        if name == "postgres":
            server = self.ground.postgres
            assert server is not None
            database = server.database()
            port = self.ground.benches.forward("postgres", server.address, server.port)
            return Service(server.app_url(database), server.admin_url(database, port))
        if name == "redis":
            redis = self.ground.redis
            assert redis is not None
            port = redis.server()
            door = self.ground.benches.forward(f"redis-{port}", redis.address, port)
            return Service(f"redis://redis:{port}", f"redis://127.0.0.1:{door}")
        scheme, collection = _STUBS[name]
        bench = self.ground.benches.control
        port = bench.stub(collection, f"{name}-{number}")
        return Service(f"{scheme}://{name}:{port}", bench.admin(collection, f"{name}-{number}"))

    def _behind_proxy(self, name: str, number: int, service: Service) -> Service:
        if name not in self.faults:
            return service
        target, proxy = urlsplit(service.url), f"{name}-{number}"
        benches = self.ground.benches
        host = benches.stubs if name in _STUBS else self.ground.address(name)
        port = benches.control.proxy(proxy, host, target.port or 0)
        where = target.netloc.removesuffix(f":{target.port}") + f":{port}"
        return Service(target._replace(netloc=where).geturl(), service.admin, proxy)
