"""Folds what a child reported into results, trusting nothing that is missing.

A check passes only if setup, call and teardown each reported `passed`, exactly once, for exactly the
expected set of checks, in a stream that ended properly. Exit codes are no evidence.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grader.model.outcome import Outcome
from grader.model.report import CheckResult, Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grader.model.exercise import Check

_PHASES = ["setup", "call", "teardown"]
_OUTCOMES = {"unmet": Outcome.FAIL, "blocked": Outcome.BLOCKED, "error": Outcome.ERROR}


@dataclass
class Fold:
    """The reports of one child so far; `complaint` says why the stream cannot be trusted."""

    expected: Sequence[Check]
    _phases: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    _crashes: dict[str, dict[str, Any]] = field(default_factory=dict)
    _collected: bool = False
    _ended: bool = False
    complaint: str = ""

    def take(self, message: dict[str, Any]) -> None:
        """Take one event of the child."""
        match message["event"]:
            case "collected":
                self._take_collected(message["ids"])
            case "phase":
                self._phases[message["id"]].append(message)
            case "crashed":
                self._crashes[message["id"]] = message
            case "end":
                self._ended = True
                if message["count"] != len(self.expected):
                    self._complain(f"{message['count']} of {len(self.expected)} checks reported")

    def close(self, why: str = "") -> None:
        """Say that nothing more comes; `why` tells how the child ended if not by itself."""
        if not self._collected:
            self._complain(why or "the suite ended before it knew its checks")
        elif not self._ended:
            self._complain(why or "the suite ended in the middle")

    def results(self) -> list[CheckResult]:
        """Return one result for each expected check, in order. Call `close` first."""
        return [self.result(check) for check in self.expected]

    def result(self, check: Check) -> CheckResult:
        """Return what a check came to so far."""
        phases = self._phases[check.id]
        seconds = sum(phase["seconds"] for phase in phases)
        if check.id in self._crashes:
            return _crashed(check, self._crashes[check.id], seconds)
        failed = next((phase for phase in phases if phase["outcome"] != "passed"), None)
        if failed is not None:
            return _failed(check, failed["failure"], failed["outcome"], seconds)
        if [phase["when"] for phase in phases] != _PHASES:
            return _result(check, Outcome.ERROR, "this check did not report", seconds)
        if self.complaint:
            return _result(check, Outcome.ERROR, f"passed, but {self.complaint}", seconds)
        return _result(check, Outcome.PASS, "", seconds)

    def _take_collected(self, ids: list[str]) -> None:
        self._collected = True
        expected = [check.id for check in self.expected]
        if ids != expected:
            missing = sorted(set(expected) - set(ids))
            extra = sorted(set(ids) - set(expected))
            self._complain(f"the suite is not the expected one: missing {missing}, unexpected {extra}")

    def _complain(self, why: str) -> None:
        self.complaint = self.complaint or why


def _result(check: Check, outcome: Outcome, reason: str, seconds: float, **more: Any) -> CheckResult:
    return CheckResult(
        id=check.id,
        line=check.line,
        tier=check.tier,
        title=check.title,
        outcome=outcome,
        reason=reason,
        seconds=round(seconds, 3),
        **more,
    )


def _failed(check: Check, failure: dict[str, Any], outcome: str, seconds: float) -> CheckResult:
    evidence = Evidence(
        rationale=failure["rationale"],
        expected=failure["expected"],
        actual=failure["actual"],
        curl=failure["curl"],
        transcript=failure["transcript"],
        request_ids=tuple(failure["request_ids"]),
    )
    return _result(
        check,
        _OUTCOMES.get(outcome, Outcome.ERROR),
        failure["reason"],
        seconds,
        evidence=evidence,
        blocked_by=failure["blocked_by"],
    )


def _crashed(check: Check, message: dict[str, Any], seconds: float) -> CheckResult:
    reason = f"The service {message['how']} during this check; nothing a client sends may end it."
    evidence = Evidence(
        rationale=reason, expected="a service that goes on", actual=message["how"], log=message["tail"]
    )
    return _result(check, Outcome.FAIL, reason, seconds, evidence=evidence)
