"""Tells the grader what each phase of each check came to, and blocks what has no ground to stand on."""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from grader.kit.shown import clipped
from grader.kit.transcript import current
from grader.kit.verdicts import BlockedError, UnmetError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from grader.kit.sessions import PlannedCheck, Session

_MAX_TEXT = 4000


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a phase did not pass, as it goes over the channel; `outcome` is unmet, blocked or error."""

    outcome: str
    reason: str
    rationale: str = ""
    expected: str = ""
    actual: str = ""
    curl: str = ""
    transcript: str = ""
    request_ids: tuple[str, ...] = ()
    waited: bool = False
    blocked_by: str | None = None


@dataclass
class Reporter:
    """Follows the checks of one process; `outcomes` maps the ids of finished checks to theirs."""

    session: Session
    outcomes: dict[str, str] = field(default_factory=dict)
    _sent: int = 0
    _shared_faults: dict[int, tuple[BaseException, str]] = field(default_factory=dict)
    _crash: tuple[str, str] | None = None

    def knows(self, item: pytest.Item) -> bool:
        """Tell whether the item is a check of the plan."""
        return self.session.check_of(item) is not None

    def collected(self, ids: list[str]) -> None:
        """Announce the checks that will run."""
        self._send(event="collected", ids=ids)

    def started(self, item: pytest.Item) -> None:
        """Announce a check and begin its transcript."""
        check = self._check(item)
        current.begin(check.id)
        self.outcomes[check.id] = "passed"
        self._send(event="started", id=check.id)

    def admit(self, item: pytest.Item) -> None:
        """Raise `BlockedError` if the check cannot be judged."""
        check = self._check(item)
        if self._crash is not None:
            culprit, how = self._crash
            raise BlockedError(f"{how} during {culprit}", culprit)
        for power in check.needs:
            if power not in self.session.target.powers:
                raise BlockedError(f"needs `{power}`, which only a service that the grader starts can do")
        for earlier in check.after:
            if self.outcomes.get(earlier, "passed") != "passed":
                raise BlockedError(f"blocked by {earlier}", earlier)

    def phase(self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
        """Send what setup, call or teardown came to."""
        check = self._check(item)
        failure = None
        if call.excinfo is not None:
            failure = self._judge(call.excinfo.value, check.id)
            self.outcomes[check.id] = failure.outcome
        elif report.outcome != "passed" or hasattr(report, "wasxfail"):
            failure = Failure(outcome="error", reason="a skip or an expected failure proves nothing")
            self.outcomes[check.id] = "error"
        self._send(
            event="phase",
            id=check.id,
            when=call.when,
            outcome=failure.outcome if failure else "passed",
            seconds=call.duration,
            failure=asdict(failure) if failure else None,
        )

    def finished(self, item: pytest.Item) -> None:
        """Ask whether the service survived the check; if it ended unasked, the check fails for it."""
        check = self._check(item)
        if not self.session.strict or self._crash is not None or self.outcomes[check.id] == "blocked":
            return
        reply = self.session.channel().ask("state", {})
        if not reply["ok"]:
            self.outcomes[check.id] = "error"
            self._send(event="doubted", id=check.id, reason=f"no state: {reply['problem']['message']}")
            return
        state = reply["value"]
        if not state["running"]:
            process = state.get("process", "")
            who = f"the app's process `{process}`" if process else "the service"
            how = f"exited with code {state['exit_code']}"
            self._crash = (check.id, f"{who} {how}")
            self.outcomes[check.id] = "unmet"
            self._send(event="crashed", id=check.id, process=process, how=how, tail=state["tail"])

    def ended(self) -> None:
        """Announce that every planned check reported, in how many messages."""
        self._send(event="end", count=len(self.outcomes), events=self._sent)

    @contextmanager
    def relying_on(self, check: str) -> Iterator[None]:
        """Turn a failure inside into a block, if the check that proves this ground did not pass."""
        try:
            yield
        except UnmetError:
            if self.outcomes.get(check, "passed") == "passed":
                raise
            raise BlockedError(f"blocked by {check}", check) from None

    def _judge(self, error: BaseException, check: str) -> Failure:
        """Describe an exception; one raised a second time by a shared fixture blocks instead."""
        first = self._shared_faults.setdefault(id(error), (error, check))[1]
        failure = describe(error)
        if first != check and failure.outcome == "unmet":
            return Failure(outcome="blocked", reason=f"blocked by {first}", blocked_by=first)
        return failure

    def _check(self, item: pytest.Item) -> PlannedCheck:
        check = self.session.check_of(item)
        assert check is not None
        return check

    def _send(self, **message: Any) -> None:
        if self.session.strict:
            self.session.channel().send(message)
            self._sent += 1


def describe(error: BaseException) -> Failure:
    """Tell what an exception means: the service's failure, a block, or our own error."""
    if isinstance(error, BlockedError):
        return Failure(outcome="blocked", reason=error.reason, blocked_by=error.check)
    if isinstance(error, UnmetError):
        exchange = error.exchange or current.last
        return Failure(
            outcome="unmet",
            reason=error.rationale[:_MAX_TEXT],
            rationale=error.rationale[:_MAX_TEXT],
            expected=error.expected[:_MAX_TEXT],
            actual=error.actual[:_MAX_TEXT],
            curl=exchange.curl()[:_MAX_TEXT] if exchange else "",
            transcript=clipped(exchange.text(), _MAX_TEXT) if exchange else "",
            request_ids=tuple(each.request_id for each in current.exchanges[-20:]),
            waited=current.waited,
        )
    lines = traceback.format_exception(error, limit=-8)
    return Failure(
        outcome="error", reason=f"{type(error).__name__}: {error}"[:500], actual="".join(lines)[-_MAX_TEXT:]
    )
