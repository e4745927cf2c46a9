"""One engine, in the few verbs we use: every call has a deadline, every failure is a `StoppedError`."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import faults, options
from .endpoint import Endpoint, find_endpoint, knock
from .streams import Ended, Reader, errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .options import Shape
    from .subnets import Subnet

OLDEST_API = "1.41"
PROBE_SECONDS = 3.0
CALL_SECONDS = 30.0
"""Of one call; the slowest, creating and starting containers, take 0.5 s on a small machine."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image: its id, its labels, declared volumes and tags, and when it was made (seconds since 1970)."""

    id: str
    labels: Mapping[str, str]
    volumes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    created: float = 0.0


class Engine:
    """A connection to the engine, made at the first call. Its methods may be used by several threads."""

    def __init__(self, endpoint: Endpoint | None = None, seconds: float = CALL_SECONDS) -> None:
        self.endpoint = endpoint or find_endpoint()
        self.seconds = seconds
        self._api: Any = None
        self._connecting = threading.Lock()
        self.cpus = 1

    @property
    def api(self) -> Any:
        """Return the SDK's client; raises `StoppedError` where no engine answers."""
        with self._connecting:
            if self._api is None:
                self._api = self._connect()
            return self._api

    def _connect(self) -> Any:
        from docker import APIClient  # noqa: PLC0415 - importing the SDK takes 130 ms
        from docker.auth import AuthConfig  # noqa: PLC0415
        from docker.utils import version_lt  # noqa: PLC0415

        seconds = min(PROBE_SECONDS, self.seconds)
        try:
            knock(self.endpoint, seconds)
            api: Any = APIClient(base_url=self.endpoint.url, version=OLDEST_API, timeout=seconds)  # type: ignore[arg-type]
            # Proxies and registry passwords of the user's own configuration go nowhere.
            api._general_configs, api._auth_configs = {}, AuthConfig({})  # noqa: SLF001
            found = str(api.version(api_version=False).get("ApiVersion", ""))
            if not found or version_lt(found, OLDEST_API):
                raise faults.too_old(found, OLDEST_API)
            self.cpus = int(api.info()["NCPU"])
        except errors() as error:
            raise faults.unreachable(self.endpoint, error, seconds) from error
        api.timeout = self.seconds
        return api

    @contextlib.contextmanager
    def asking(self, doing: str) -> Iterator[Any]:
        """Give the client; what goes wrong becomes a problem that names what was being done."""
        api = self.api
        try:
            yield api
        except errors() as error:
            raise faults.failed(doing, error, self.seconds) from error

    def image(self, tag: str) -> Image | None:
        """Return an image of this engine, or None where it has none of that name."""
        from docker.errors import ImageNotFound  # noqa: PLC0415

        with self.asking(f"look for the image {tag}") as api:
            try:
                facts = api.inspect_image(tag)
            except ImageNotFound:
                return None
            config = facts["Config"] or {}
            return Image(
                id=facts["Id"], labels=config.get("Labels") or {}, volumes=tuple(config.get("Volumes") or ())
            )

    def images(self, label: str) -> list[Image]:
        """Return the images with a label."""
        with self.asking("list images") as api:
            rows = api.images(filters={"label": label})
            return [
                Image(
                    id=row["Id"],
                    labels=row["Labels"] or {},
                    tags=tuple(row["RepoTags"] or ()),
                    created=row["Created"],
                )
                for row in rows
            ]

    def remove_image(self, image: Image) -> None:
        """Remove an image that no container uses; one in use stays, without complaint."""
        for name in image.tags or (image.id,):
            with contextlib.suppress(*errors()):
                self.api.remove_image(name, force=False, noprune=False)

    def create_network(
        self, name: str, subnet: Subnet, *, internal: bool, options: Mapping[str, str], labels: dict[str, str]
    ) -> None:
        """Make a bridge network; raises `OverlapError` where its addresses are another network's."""
        from docker.types import IPAMConfig, IPAMPool  # noqa: PLC0415

        ipam = IPAMConfig(pool_configs=[IPAMPool(subnet=str(subnet))])
        with self.asking("create a network") as api:
            try:
                api.create_network(
                    name, "bridge", options=dict(options), ipam=ipam, internal=internal, labels=labels
                )
            except errors() as error:
                if "overlap" in str(error).lower():
                    raise OverlapError(subnet) from error
                raise

    def connect(self, network: str, container: str, address: str, aliases: Sequence[str] = ()) -> None:
        """Give a container a second network, in which it also answers to these names."""
        with self.asking("connect a container to a network") as api:
            api.connect_container_to_network(container, network, ipv4_address=address, aliases=list(aliases))

    def create(self, shape: Shape) -> str:
        """Make a container of this shape and return its id; it does not run yet."""
        with self.asking(f"create the container {shape.name}") as api:
            where = api.create_endpoint_config(ipv4_address=shape.address, aliases=[shape.hostname])
            made = api.create_container(
                **options.container(shape),
                host_config=api.create_host_config(**options.host_config(shape)),
                networking_config=api.create_networking_config({shape.network: where}),
            )
            return str(made["Id"])

    def start(self, container: str) -> None:
        """Start a container."""
        with self.asking("start a container") as api:
            api.start(container)

    def run(self, shape: Shape) -> str:
        """Make and start a container; return its id."""
        container = self.create(shape)
        self.start(container)
        return container

    def inspect(self, container: str) -> dict[str, Any]:
        """Return all the engine knows about a container."""
        with self.asking("inspect a container") as api:
            return dict(api.inspect_container(container))

    def processes(self, container: str) -> frozenset[str]:
        """Return the ids of a container's processes; none when it just ended."""
        with contextlib.suppress(*errors()):
            table = self.api.top(container)
            return frozenset(row[table["Titles"].index("PID")] for row in table["Processes"] or ())
        return frozenset()

    def kill(self, container: str, signal: str = "SIGKILL") -> None:
        """Send a signal to a container's first process; one that ended by now is fine."""
        from docker.errors import APIError  # noqa: PLC0415

        with self.asking(f"send {signal}") as api:
            try:
                api.kill(container, signal)
            except APIError as error:
                if error.response is None or error.response.status_code not in (404, 409, 500):
                    raise
                if self.inspect(container)["State"]["Running"]:
                    raise

    def wait(self, container: str, seconds: float) -> int | None:
        """Wait until a container ends and return its exit code, None when `seconds` were not enough."""
        with self.asking("wait for a container") as api:
            try:
                return int(api.wait(container, timeout=max(0.1, seconds))["StatusCode"])
            except errors() as error:
                if any("timed out" in str(one).lower() for one in (error, *error.args)):
                    return None
                raise

    def remove(self, container: str) -> None:
        """Remove a container and its anonymous volumes, running or not; one that is gone is fine."""
        from docker.errors import NotFound  # noqa: PLC0415

        with self.asking("remove a container") as api, contextlib.suppress(NotFound):
            api.remove_container(container, force=True, v=True)

    def remove_network(self, network: str) -> None:
        """Remove a network without containers; one that is gone is fine."""
        from docker.errors import NotFound  # noqa: PLC0415

        with self.asking("remove a network") as api, contextlib.suppress(NotFound):
            api.remove_network(network)

    def containers(self, label: str) -> list[dict[str, Any]]:
        """Return the containers with a label, running or not, as the engine lists them."""
        with self.asking("list containers") as api:
            return list(api.containers(all=True, filters={"label": label}))

    def networks(self, label: str) -> list[dict[str, Any]]:
        """Return the networks with a label, as the engine lists them."""
        with self.asking("list networks") as api:
            return list(api.networks(filters={"label": label}))

    def logs(self, container: str, since: float = 0.0, lines: int = 2000) -> bytes:
        """Return a container's last lines since a time (epoch seconds), each after its time stamp."""
        with self.asking("read a container's log") as api:
            return bytes(api.logs(container, timestamps=True, since=since or None, tail=lines))

    def execute(
        self, container: str, command: Sequence[str], env: Mapping[str, str], seconds: float
    ) -> Ended:
        """Run a command in a running container. One that outlives `seconds` goes on: end the container."""
        with self.asking("run a command") as api:
            process = api.exec_create(container, list(command), environment=dict(env))["Id"]
            reader = Reader(lambda: api.exec_start(process, socket=True))
            if not reader.finished(seconds):
                return Ended(None, reader.text())
            if reader.error is not None:
                raise reader.error
            return Ended(api.exec_inspect(process)["ExitCode"], reader.text())

    def close(self) -> None:
        """Close the connection."""
        if self._api is not None:
            self._api.close()


class OverlapError(Exception):
    """Raised where a subnet overlaps a network that the engine has."""
