"""Random data, repeatable from the run's seed and the check's id."""

from __future__ import annotations

import random
import string
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

Item = TypeVar("Item")

_SYLLABLES = ("ba", "do", "fe", "gu", "ki", "la", "mo", "nu", "pe", "ri", "so", "ta", "vu", "we", "zo")


@dataclass(frozen=True)
class Draw:
    """Draws of one check; two checks of one run, or one check of two runs, never share a word."""

    seed: str
    random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "random", random.Random(self.seed))  # noqa: S311 - test data

    def token(self, length: int = 8) -> str:
        """Return lower-case letters and digits."""
        return "".join(self.random.choice(string.ascii_lowercase + string.digits) for _ in range(length))

    def word(self) -> str:
        """Return a word that nobody's seed data holds."""
        return "".join(self.random.choice(_SYLLABLES) for _ in range(4)) + self.token(3)

    def words(self, count: int = 3) -> str:
        """Return a short phrase."""
        return " ".join(self.word() for _ in range(count))

    def email(self) -> str:
        """Return an address nobody has yet (RFC 2606 domain)."""
        return f"{self.word()}.{self.token()}@example.test"

    def password(self) -> str:
        """Return a password within the limits of every exercise, 8 to 128 characters."""
        return f"{self.word().capitalize()}-{self.token(6)}-{self.random.randint(10, 99)}"

    def choice(self, items: Sequence[Item]) -> Item:
        """Return one of the items."""
        return self.random.choice(items)

    def number(self, low: int, high: int) -> int:
        """Return a whole number, both ends included."""
        return self.random.randint(low, high)

    def instant(self) -> str:
        """Return a moment of the next year, RFC 3339 in UTC, whole seconds."""
        moment = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=self.number(60, 500_000))
        return moment.isoformat().replace("+00:00", "Z")
