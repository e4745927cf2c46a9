"""What a suite's child is told to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from grader.model.exercise import Check
    from grader.model.target import Target


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The checks of one child, in order.

    `root` is the repository, `folder` a private empty one for the child to stand in, `support` pairs an
    exercise's id with its support.py, deepest first, `check_seconds` bounds each check.
    """

    root: Path
    folder: Path
    checks: tuple[Check, ...]
    support: tuple[tuple[str, Path], ...]
    target: Target
    check_seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return the plan as the child reads it."""
        return {
            "target": self.target.to_json(),
            "support": [[exercise, str(path)] for exercise, path in self.support],
            "checks": [
                {
                    "id": check.id,
                    "file": check.file,
                    "function": check.function,
                    "after": list(check.after),
                    "needs": list(check.needs),
                }
                for check in self.checks
            ],
        }
