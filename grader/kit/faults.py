"""What stands between the app and the services it depends on can be made slow, deaf or dead."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grader.kit.service import Service


@dataclass(frozen=True)
class Traffic:
    """What went through a dependency's proxy since it was made; `open` and `mode` are of this moment.

    `bytes_up` go from the app to the dependency; `refused` counts connections that were not let through.
    """

    connections: int
    open: int
    refused: int
    bytes_up: int
    bytes_down: int
    mode: str


@dataclass(frozen=True)
class Faults:
    """The faults of one instance's dependencies (fixture `faults`); all are healed after each check.

    A dependency is a name in `faults` of exercise.toml: `redis`, `smtp`. The grader's own connections to
    it (`service.admin_url`) never go through its proxy. `direction` is `up` (from the app), `down` or
    `both`. A check that uses this needs `@needs("fault")`.
    """

    service: Service
    _set_in: dict[tuple[str, str], Service] = field(default_factory=dict, compare=False, repr=False)

    def of(self, service: Service) -> Faults:
        """Return the faults of another instance; those with fresh services have proxies of their own."""
        return Faults(service, self._set_in)

    def refuse(self, dependency: str) -> None:
        """Listen no more: new connections are refused; reset open ones."""
        self._set(dependency, "refuse")

    def reset(self, dependency: str) -> None:
        """Accept new connections and reset them; reset open ones."""
        self._set(dependency, "reset")

    def cut(self, dependency: str) -> None:
        """Reset the connections open now; new ones pass."""
        self._set(dependency, "cut")

    def blackhole(self, dependency: str, *, direction: str = "both") -> None:
        """Let connections open and stay open, but no byte pass; after `heal` the held bytes arrive."""
        self._set(dependency, "blackhole", direction=direction)

    def delay(self, dependency: str, seconds: float, *, direction: str = "both") -> None:
        """Let every byte arrive `seconds` later, in each direction meant."""
        self._set(dependency, "delay", ms=round(seconds * 1000), direction=direction)

    def throttle(self, dependency: str, bytes_per_second: int, *, direction: str = "both") -> None:
        """Let each connection pass that many bytes a second, in each direction meant."""
        self._set(dependency, "throttle", rate=bytes_per_second, direction=direction)

    def heal(self, dependency: str) -> None:
        """Let everything pass again."""
        self._set(dependency, "pass")

    def heal_all(self) -> None:
        """Let everything pass again that was set here."""
        while self._set_in:
            (_, dependency), service = self._set_in.popitem()
            service.fault(dependency, "pass")

    @contextmanager
    def refused(self, dependency: str) -> Iterator[None]:
        """Refuse the dependency for the length of a block."""
        self.refuse(dependency)
        try:
            yield
        finally:
            self.heal(dependency)

    def traffic(self, dependency: str) -> Traffic:
        """Return what went through to a dependency so far."""
        return Traffic(**self.service.fault(dependency))

    def _set(self, dependency: str, mode: str, **options: Any) -> None:
        self._set_in[self.service.instance.id, dependency] = self.service
        self.service.fault(dependency, mode, **options)
