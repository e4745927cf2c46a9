"""How the mail server is to answer: rules, the first that fits is used."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from typing import Any

STAGES = ("rcpt", "data")
_REPLY = re.compile(r"[245]\d\d [^\r\n]{1,400}")
_MOST_SECONDS = 300.0


class RuleError(ValueError):
    """Raised for what is no rule; the text says why."""


@dataclass
class Rule:
    """What happens to a try: `times` how often yet (None: always), `to` a pattern of recipients."""

    at: str
    to: str
    times: int | None = None
    reply: str = ""
    delay: float = 0.0
    drop: bool = False

    def fits(self, at: str, recipients: list[str]) -> bool:
        """Tell whether this rule is for a try."""
        pattern = self.to.lower()
        return (
            self.at == at
            and self.times != 0
            and any(fnmatch.fnmatchcase(one.lower(), pattern) for one in recipients)
        )

    def use(self) -> None:
        """Count one use."""
        if self.times is not None:
            self.times -= 1


def read_rule(data: dict[str, Any]) -> Rule:
    """Return the rule that a request describes; raises `RuleError`."""
    try:
        rule = Rule(**data)
    except TypeError as error:
        raise RuleError(str(error)) from error
    if rule.at not in STAGES or not isinstance(rule.to, str) or not rule.to:
        raise RuleError("`at` is rcpt or data, `to` a pattern of recipients")
    if rule.times is not None and (type(rule.times) is not int or rule.times < 1):
        raise RuleError("`times` is a whole number above zero")
    if rule.reply and not _REPLY.fullmatch(str(rule.reply)):
        raise RuleError("`reply` is a code and a text in one line")
    if not isinstance(rule.delay, int | float) or not 0 <= rule.delay <= _MOST_SECONDS:
        raise RuleError(f"`delay` is seconds, at most {_MOST_SECONDS:g}")
    return rule
