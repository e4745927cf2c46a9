"""What a suite is told about the running service it grades."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Instance:
    """One running app: `url` without a trailing slash, always on loopback unless the learner gave it.

    `services` maps a neutral noun (`postgres`) to the grader's own admin URL of what this instance uses.
    `env` holds the variables the app was given, as far as the grader knows them.
    """

    id: str
    url: str
    services: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)

    def leading_to(self, service: str) -> str:
        """Return the variables that hold a URL of a service's kind, as ` (REDIS_URL)`; none: empty."""
        # `postgresql://` and `rediss://` begin with the noun, too.
        names = [name for name, value in self.env.items() if value.startswith(service) and "://" in value]
        return f" ({', '.join(names)})" if names else ""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Instance:
        """Read back what `dataclasses.asdict` made."""
        return cls(**data)


@dataclass(frozen=True, kw_only=True)
class Target:
    """Everything a suite's child process knows: the app, what may be asked of its runtime, the seed."""

    exercise: str
    runtime: str
    app: Instance
    powers: frozenset[str] = frozenset()
    seed: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the target as plain JSON values."""
        return {**asdict(self), "powers": sorted(self.powers)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Target:
        """Read back what `to_json` wrote."""
        return cls(**{**data, "app": Instance.from_json(data["app"]), "powers": frozenset(data["powers"])})


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """One line of an instance's output; `at` is seconds since the epoch on the grader's clock.

    `process` is the one that printed it (`worker`, `worker-2`), empty for `web`.
    """

    at: float
    text: str
    process: str = ""

    def __str__(self) -> str:
        """Return the line as people read it, with its process if that is not the one that listens."""
        return f"[{self.process}] {self.text}" if self.process else self.text


@dataclass(frozen=True, kw_only=True)
class InstanceState:
    """Whether an instance runs; `exit_code` and `tail` (its last lines) tell how it ended if not.

    `process` names the process that ended unasked, empty for `web`.
    """

    running: bool
    exit_code: int | None = None
    tail: str = ""
    process: str = ""
