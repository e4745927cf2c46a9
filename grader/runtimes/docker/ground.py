"""What a run stands on: two networks, the bench, the services; made side by side in the background."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from grader.model.problem import Blame, stopped
from grader.runtimes.versions import IMAGES

from . import bench, postgres
from .bench import Benches
from .networks import create_inner, create_outer
from .postgres import Postgres
from .redis import Redis

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .engine import Engine
    from .images import Images
    from .names import Names
    from .subnets import Addresses

P = ParamSpec("P")
T = TypeVar("T")

SERVICES = ("postgres", "redis", "smtp", "collector")


class Ground:
    """Begins everything at once; the properties wait for what they return and raise what stopped it."""

    def __init__(self, engine: Engine, images: Images, names: Names) -> None:
        self._engine, self._images, self._names = engine, images, names
        self._pool = ThreadPoolExecutor(max_workers=12, thread_name_prefix="grader-docker")
        self._inner = self.aside(create_inner, engine, names)
        self._outer = self.aside(create_outer, engine, names)
        self._benches = self.aside(self._start_bench)
        self._postgres: Future[Postgres] | None = None
        self._redis: Future[Redis] | None = None

    def aside(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Do something in the background."""
        return self._pool.submit(work, *args, **kwargs)

    def begin(self, services: Sequence[str]) -> None:
        """Begin starting these services; raises `StoppedError` for one this runtime does not have."""
        unknown = sorted(set(services) - set(SERVICES))
        if unknown:
            raise stopped(
                Blame.MISSING,
                "services",
                f"the docker runtime has no {', '.join(unknown)}; it has {', '.join(SERVICES)}",
            )
        if "postgres" in services:
            self._postgres = self.aside(self._start_postgres)
        if "redis" in services:
            self._redis = self.aside(self._start_redis)

    @property
    def addresses(self) -> Addresses:
        """The addresses of the inner network, once there is one."""
        return self._inner.result()

    @property
    def benches(self) -> Benches:
        """The forwards, once the bench answers."""
        return self._benches.result()

    @property
    def postgres(self) -> Postgres | None:
        """The database server, once it answers; None for an exercise without one."""
        return self._postgres.result() if self._postgres is not None else None

    @property
    def redis(self) -> Redis | None:
        """The container of Redis servers; None for an exercise without one."""
        return self._redis.result() if self._redis is not None else None

    def address(self, service: str) -> str:
        """Return the address of a service's container on the inner network."""
        found = {"postgres": self.postgres, "redis": self.redis}[service]
        assert found is not None
        return found.address

    def close(self) -> None:
        """Wait until nothing is being made any more; what had not begun is not begun."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _start_bench(self) -> Benches:
        image = self._images.own(bench.recipe(IMAGES["bench"]))
        benches = Benches(self._engine, self._names, image.id, self._outer.result(), self._inner.result())
        benches.start()
        return benches

    def _start_redis(self) -> Redis:
        image = self._images.base(IMAGES["redis"])
        server = Redis(self._engine, self._names, image, self._inner.result().take())
        server.start()
        return server

    def _start_postgres(self) -> Postgres:
        image = self._images.own(postgres.recipe(IMAGES["postgres"]))
        server = Postgres(self._engine, self._names, image, self._inner.result().take())
        server.start()
        return server
