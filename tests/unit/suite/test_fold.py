"""Random streams of events: a check passes by its three phases and an end, or not at all."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.model.exercise import Check
from grader.model.outcome import Outcome
from grader.suite import messages
from grader.suite.fold import Fold
from grader.suite.messages import NonsenseError

CHECKS = tuple(Check(id=f"line.{name}", line="line", function=f"test_{name}", title=name) for name in "abc")
IDS = [check.id for check in CHECKS]
FAILURE = {
    **dict.fromkeys(("outcome", "reason", "rationale", "expected", "actual", "curl", "transcript"), "x"),
    "request_ids": [],
    "waited": False,
    "blocked_by": None,
}


def phase(check: str, when: str, outcome: str = "passed") -> dict[str, Any]:
    failure = None if outcome == "passed" else {**FAILURE, "outcome": outcome}
    return {
        "event": "phase",
        "id": check,
        "when": when,
        "outcome": outcome,
        "seconds": 0.1,
        "failure": failure,
    }


def healthy() -> list[dict[str, Any]]:
    stream: list[dict[str, Any]] = [{"event": "collected", "ids": list(IDS)}]
    for check in IDS:
        stream.append({"event": "started", "id": check})
        stream += [phase(check, when) for when in ("setup", "call", "teardown")]
    return [*stream, {"event": "end", "count": len(IDS), "events": len(stream)}]


def fold(stream: list[dict[str, Any]], why: str = "") -> Fold:
    result = Fold(CHECKS)
    try:
        for message in stream:
            result.take(messages.read(json.dumps(message).encode()))
    except NonsenseError as error:
        why = str(error)
    result.close(why)
    return result


def test_healthy_stream_passes_every_check() -> None:
    """The whole stream, in order, is the one way to pass."""
    assert [result.outcome for result in fold(healthy()).results()] == [Outcome.PASS] * 3


EVENTS = st.sampled_from(
    [
        *healthy(),
        *[phase(check, when, outcome) for check in IDS for when in ("setup", "call", "teardown") for outcome in ("unmet", "blocked", "error")],
        *[{"event": "crashed", "id": check, "how": "exited", "tail": ""} for check in IDS],
        *[{"event": "doubted", "id": check, "reason": "x"} for check in IDS],
        *[{"event": "end", "count": 3, "events": number} for number in range(14)],
        {"event": "collected", "ids": IDS[:2]},
    ]
)  # fmt: skip


def deserved(stream: list[dict[str, Any]], check: str) -> bool:
    """Tell whether the stream, whatever else it holds, reports a pass of each phase exactly once, and ends."""
    phases = [
        (event["when"], event["outcome"])
        for event in stream
        if event["event"] == "phase" and event["id"] == check
    ]
    others = [
        event["event"]
        for event in stream
        if event.get("id") == check and event["event"] in {"crashed", "doubted"}
    ]
    passed = [(when, "passed") for when in ("setup", "call", "teardown")]
    return (
        phases == passed and not others and stream[-1]["event"] == "end" and stream[0]["event"] == "collected"
    )


def assert_only_deserved(stream: list[dict[str, Any]]) -> None:
    for result in fold(stream).results():
        assert result.outcome is not Outcome.PASS or deserved(stream, result.id)


@settings(max_examples=400, deadline=None)
@given(st.lists(EVENTS, max_size=16))
def test_random_streams_never_pass_a_check_undeservedly(stream: list[dict[str, Any]]) -> None:
    """No stream of any events passes a check that did not report all of it."""
    assert_only_deserved(stream)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_damaged_streams_pass_nothing(data: st.DataObject) -> None:
    """Dropping, doubling, moving or replacing events of a healthy stream leaves no check passed."""
    stream = healthy()
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, max(0, len(stream) - 1)))
        match data.draw(st.sampled_from(["drop", "double", "move", "replace"])):
            case "drop" if stream:
                del stream[place]
            case "double" if stream:
                stream.insert(place, stream[place])
            case "move" if stream:
                stream.insert(data.draw(st.integers(0, len(stream))), stream.pop(place))
            case _ if stream:
                stream[place] = data.draw(EVENTS)
    assert_only_deserved(stream)


@pytest.mark.parametrize("place", range(len(healthy())))
def test_stream_without_any_one_event_passes_nothing(place: int) -> None:
    """Each single event is missed, even the start of a check."""
    stream = healthy()
    del stream[place]
    assert all(result.outcome is Outcome.ERROR for result in fold(stream).results())


def test_pass_in_an_untrusted_stream_says_why_it_is_none() -> None:
    """A learner who sees an error for a check that passed is told the reason."""
    results = fold(healthy()[:-1], "the suite's process was ended by SIGKILL").results()
    assert results[0].reason == "passed, but the suite's process was ended by SIGKILL"


def test_unknown_outcome_of_a_phase_is_an_error() -> None:
    """A word that the grader does not know is no pass."""
    stream = healthy()
    stream[3] = phase(IDS[0], "call", "rerun")
    assert fold(stream).results()[0].outcome is Outcome.ERROR


@pytest.mark.parametrize(
    "line",
    [
        b"", b"null", b"[]", b"{}", b"\xff", b"1" * 5000, b'{"event": []}', b'{"event": "phase"}',
        b'{"event": "end", "count": "3", "events": 1}', b'{"event": "started", "id": 1}',
        b'{"event": "phase", "id": "a", "when": "call", "outcome": "unmet", "seconds": 1, "failure": null}',
        b'{"event": "phase", "id": "a", "when": "call", "outcome": "passed", "seconds": 1, "failure": {}}',
        b'{"event": "phase", "id": "a", "when": "call", "outcome": "passed", "seconds": "1", "failure": null}',
    ],
)  # fmt: skip
def test_message_of_no_known_shape_is_nonsense(line: bytes) -> None:
    """What does not look like a message is told apart from one that says little."""
    with pytest.raises(NonsenseError, match=r"no message|does not say"):
        messages.read(line)


@given(st.binary(max_size=80))
def test_any_line_is_a_message_or_nonsense(line: bytes) -> None:
    """No bytes of a child end the grader."""
    with suppress(NonsenseError):
        assert messages.read(line)["event"]
