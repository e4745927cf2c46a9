"""Folds what a child reported into results, trusting nothing that is missing.

A check passes only if setup, call and teardown each reported `passed`, exactly once and in this order,
for exactly the expected set of checks, in a stream that ended properly. Exit codes are no evidence.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grader.model.outcome import Outcome
from grader.model.report import CheckResult, Evidence
from grader.suite.messages import NonsenseError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grader.model.exercise import Check

_PHASES = ["setup", "call", "teardown"]
_OUTCOMES = {"unmet": Outcome.FAIL, "blocked": Outcome.BLOCKED, "error": Outcome.ERROR}


@dataclass
class Fold:
    """The reports of one child so far; `complaint` says why the stream cannot be trusted."""

    expected: Sequence[Check]
    complaint: str = ""
    ended: bool = False
    _collected: bool = False
    _taken: int = 0
    _phases: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    _crashes: dict[str, dict[str, Any]] = field(default_factory=dict)
    _doubts: dict[str, str] = field(default_factory=dict)

    def take(self, message: dict[str, Any]) -> None:
        """Take one event of the child. Raises `NonsenseError` for what cannot come now."""
        if self.ended:
            raise NonsenseError("it went on after its end")
        if message["event"] == "end":
            self._take_end(message)
            return
        self._taken += 1
        if message["event"] == "collected":
            self._take_collected(message["ids"])
            return
        check = message["id"]
        if not self._collected or all(check != each.id for each in self.expected):
            raise NonsenseError(f"it reported {check!r}, which is not to run")
        match message["event"]:
            case "phase":
                self._take_phase(check, message)
            case "crashed":
                self._crashes[check] = message
            case "doubted":
                self._doubts[check] = message["reason"]

    def close(self, why: str = "") -> None:
        """Say that nothing more comes; `why` tells how the child ended if not as it should."""
        if why:
            self.complaint = f"{self.complaint}; {why}" if self.complaint else why
        elif not self._collected:
            self._complain("the suite ended before it knew its checks")
        elif not self.ended:
            self._complain("the suite ended in the middle")

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
        if check.id in self._doubts:
            return _result(check, Outcome.ERROR, self._doubts[check.id], seconds)
        if [phase["when"] for phase in phases] != _PHASES:
            return _result(check, Outcome.ERROR, "this check did not report", seconds)
        if self.complaint:
            return _result(check, Outcome.ERROR, f"passed, but {self.complaint}", seconds)
        return _result(check, Outcome.PASS, "", seconds)

    def _take_collected(self, ids: list[str]) -> None:
        if self._collected:
            raise NonsenseError("it announced its checks twice")
        self._collected = True
        expected = [check.id for check in self.expected]
        if ids != expected:
            missing = ", ".join(check for check in expected if check not in ids) or "none"
            extra = ", ".join(str(check) for check in ids if check not in expected) or "none"
            self._complain(f"the suite is not the expected one (missing: {missing}; unexpected: {extra})")

    def _take_phase(self, check: str, message: dict[str, Any]) -> None:
        phases = self._phases[check]
        following = {
            (): "setup",
            ("setup",): "call" if phases and phases[0]["outcome"] == "passed" else "teardown",
            ("setup", "call"): "teardown",
        }
        if message["when"] != following.get(tuple(phase["when"] for phase in phases)):
            raise NonsenseError(f"it reported {message['when']!r} of {check} out of order")
        phases.append(message)

    def _take_end(self, message: dict[str, Any]) -> None:
        self.ended = True
        if message["count"] != len(self.expected):
            self._complain(f"{message['count']} of {len(self.expected)} checks reported")
        elif message["events"] != self._taken:
            self._complain(f"{self._taken} of {message['events']} reports arrived")

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
        waited=failure["waited"],
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
    process, how = message.get("process", ""), message["how"]
    if process:
        reason = f"The app's process `{process}` {how} although nothing had told it to stop."
    else:
        reason = f"The service {how} during this check; nothing a client sends may end it."
    expected = f"a {process or 'service'} that goes on"
    evidence = Evidence(rationale=reason, expected=expected, actual=how, log=message["tail"])
    return _result(check, Outcome.FAIL, reason, seconds, evidence=evidence, ended=process)
