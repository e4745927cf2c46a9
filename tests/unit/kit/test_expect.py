"""Expectations: they hold, or say in bounded and printable words why not."""

from __future__ import annotations

import json
import time

import pytest

from grader.kit import Response, UnmetError, expect, together
from grader.kit.transcript import Exchange


def response(status: int = 200, body: bytes = b"{}", kind: str = "application/problem+json") -> Response:
    return Response(
        Exchange(
            method="GET",
            url="http://127.0.0.1/x",
            status=status,
            response_headers=(("Content-Type", kind),),
            response_body=body,
        )
    )


def test_status_outside_the_allowed_shows_the_body() -> None:
    """The body usually says what the service thinks is wrong."""
    with pytest.raises(UnmetError, match="A user logs in") as caught:
        expect.status(response(500, b"oh no"), {200, 201}, "A user logs in.")
    assert (caught.value.expected, caught.value.actual) == ("status 200 or 201", "status 500, body oh no")


def test_failure_is_bounded_whatever_is_compared() -> None:
    """Megabytes on either side become a page."""
    with pytest.raises(UnmetError) as caught:
        expect.equal("a" * 3_000_000, ["b"] * 1_000_000, "Same.")
    assert len(str(caught.value)) < 5000
    assert "more characters" in caught.value.actual


def test_failure_cannot_steer_a_terminal() -> None:
    """What plain pytest prints holds no control characters, no direction overrides, no half characters."""
    with pytest.raises(UnmetError) as caught:
        expect.equal("\x1b]0;title\x07\x9b2J\u202e\ud800", "ok", "Same.")
    assert str(caught.value).isprintable() is False  # because of its line breaks only
    assert all(line.isprintable() for line in str(caught.value).splitlines())
    assert str(caught.value).encode()


def test_values_that_no_json_shows_can_be_compared() -> None:
    """A check may compare sets and tables with tuples as keys."""
    with pytest.raises(UnmetError, match="Same") as caught:
        expect.equal({("a", 1): {2}}, {}, "Same.")
    assert caught.value.actual == "{('a', 1): {2}}"


PROBLEM = {"title": "no", "status": 400, "errors": [{"path": ["body", "name"]}, 7]}


def test_problem_takes_an_error_as_the_standard_describes_it() -> None:
    """A title, the status and an entry for the member at fault are enough."""
    expect.problem(response(400, json.dumps(PROBLEM).encode()), 400, "No.", path="name")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": ""}, "`title`"),
        ({"status": "400"}, "`status` 400"),
        ({"errors": {"path": "name"}}, "`path`"),
    ],
)
def test_problem_names_the_member_at_fault(change: dict[str, object], words: str) -> None:
    """Each part of the standard has its words."""
    with pytest.raises(UnmetError) as caught:
        expect.problem(response(400, json.dumps({**PROBLEM, **change}).encode()), 400, "No.", path="name")
    assert words in caught.value.expected


@pytest.mark.parametrize(
    "body", [b" " * 4_000_000, b"\n at " * 800_000, b"/src/a" * 600_000, b"SELECT " * 500_000]
)
def test_no_leak_reads_a_large_body_in_time(body: bytes) -> None:
    """No body makes the search for leaks slow."""
    began = time.monotonic()
    expect.no_leak(response(500, body))
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "leak",
    [
        b"Error\n    at f (/app/src/x.js:3:1)",
        b"in /app/src/db/users.js",
        b"SELECT * FROM users",
        b"node_modules/pg",
    ],
)
def test_no_leak_finds_what_a_client_must_not_see(leak: bytes) -> None:
    """Stack traces, paths and SQL are named."""
    with pytest.raises(UnmetError, match="of the service to whoever asks"):
        expect.no_leak(response(500, b"x\n" * 1000 + leak))


def test_together_raises_the_first_failure_after_all_calls_ended() -> None:
    """A failure in a thread is the check's failure, and no call goes on behind it."""
    ended = []

    def fails() -> None:
        raise UnmetError("no")

    def ends() -> None:
        time.sleep(0.05)
        ended.append(1)

    with pytest.raises(UnmetError, match="no"):
        together([fails, ends, fails])
    assert ended == [1]
    assert together([]) == []
