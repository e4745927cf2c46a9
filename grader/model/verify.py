"""What `dev verify` found out about the content: one record for each app it graded."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from grader.model.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping


class Subject(StrEnum):
    """What kind of thing was verified; `content` is a check of files, which runs no app."""

    SOLUTION = "solution"
    STARTER = "starter"
    MUTANT = "mutant"
    VARIANT = "variant"
    CONTENT = "content"


@dataclass(frozen=True, kw_only=True)
class VerifyResult:
    """How one subject of one exercise was found.

    `checks` maps the id of each check that ran to its outcome, `expected` holds the ids that had to fail
    (a mutant's header), `message` says what is wrong when not `ok`, `notes` what is in order but may
    surprise, and `runtime` is empty for content.
    """

    exercise: str
    subject: Subject
    name: str
    ok: bool
    runtime: str = ""
    message: str = ""
    checks: Mapping[str, Outcome] = field(default_factory=dict)
    expected: tuple[str, ...] = ()
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def killed_by(self) -> tuple[str, ...]:
        """The ids of the checks that failed, in the order in which they ran."""
        return tuple(check for check, outcome in self.checks.items() if outcome is Outcome.FAIL)

    @property
    def survived(self) -> tuple[str, ...]:
        """The ids of the checks that should have failed and did not."""
        return tuple(check for check in self.expected if self.checks.get(check) is not Outcome.FAIL)
