"""The services of a run as plain processes, and what stands before and beside them in the bench."""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from grader.model.problem import Blame, stopped
from grader.runtimes.process.postgres import Database, Postgres, data_home
from grader.runtimes.process.redis import start_redis

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from grader.runtimes.bench_client import BenchClient
    from grader.runtimes.process.children import Children

_HOST = "127.0.0.1"
NAMES = ("postgres", "redis", "smtp", "collector")


@dataclass
class Services:
    """Hands out fresh services: those of `names`, each in `faults` behind a proxy of its own."""

    children: Children
    cache: Path
    home: Path
    bench: Callable[[], BenchClient]
    names: Sequence[str]
    faults: Sequence[str]
    _postgres: Postgres | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def require_known(self) -> None:
        """Raise `StoppedError` (missing) for a service that there is not."""
        unknown = sorted(set(self.names) - set(NAMES))
        if unknown:
            raise stopped(
                Blame.MISSING,
                "start",
                f"the process runtime has no {' and no '.join(unknown)}",
                "run with `--runtime docker`",
            )

    def fresh(self, number: int) -> Mapping[str, Database]:
        """Return new, empty services for an app; the first call starts the servers."""
        return {name: self._behind_proxy(name, number, self._new(name, number)) for name in self.names}

    def _new(self, name: str, number: int) -> Database:
        if name == "postgres":
            return self._database(number)
        if name == "redis":
            url = f"redis://{_HOST}:{start_redis(self.children, self.cache, self.home)}"
            return Database(url=url, admin=url)
        scheme, collection = {"smtp": ("smtp", "sinks"), "collector": ("http", "collectors")}[name]
        port = self.bench().stub(collection, f"{name}-{number}")
        admin = self.bench().admin(collection, f"{name}-{number}")
        return Database(url=f"{scheme}://{_HOST}:{port}", admin=admin)

    def _database(self, number: int) -> Database:
        with self._lock:
            if self._postgres is None:
                data = data_home(self.cache) / f"grade-{self.children.run}-postgres"
                self.children.ledger.add_data(data)
                self._postgres = Postgres(self.children, self.cache, data)
                self._postgres.start()
        return self._postgres.create(f"app{number}")

    def _behind_proxy(self, name: str, number: int, service: Database) -> Database:
        if name not in self.faults:
            return service
        target, proxy = urlsplit(service.url), f"{name}-{number}"
        port = self.bench().proxy(proxy, _HOST, target.port or 0)
        where = target.netloc.removesuffix(f":{target.port}") + f":{port}"
        return Database(url=target._replace(netloc=where).geturl(), admin=service.admin, proxy=proxy)

    def close(self) -> None:
        """Stop the server that frees its memory only when it may end by itself."""
        if self._postgres is not None:
            self._postgres.stop()

    def remove_data(self) -> None:
        """Remove what a thread may have been copying while the run was closed."""
        if self._postgres is not None:
            shutil.rmtree(self._postgres.data, ignore_errors=True)
