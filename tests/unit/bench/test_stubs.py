"""Proxies, mail servers and collectors of a bench, and what its control API refuses of them."""

from __future__ import annotations

import asyncio
import socket

import pytest

from grader.bench.journal import MAX_ENTRIES, Journal
from grader.bench.letters import read_letter
from grader.bench.modes import ModeError, Shape, read_mode
from grader.bench.pipe import End
from grader.bench.rules import RuleError, read_rule


def joined_late(data: bytes) -> bytes:
    """Return what arrives of bytes that came before the other end of the pipe was there."""

    async def run() -> bytes:
        loop = asyncio.get_running_loop()
        ours, app = socket.socketpair()
        theirs, target = socket.socketpair()
        front, back = (End(lambda _size: None, lambda _end: None, Shape) for _ in range(2))
        await loop.create_connection(lambda: front, sock=ours)
        front.data_received(data)  # as early 3.11 does, although the reading is paused
        await loop.create_connection(lambda: back, sock=theirs)
        back.join(front)
        front.join(back)
        target.setblocking(False)
        async with asyncio.timeout(5):
            got = await loop.sock_recv(target, 100)
        for one in (app, target):
            one.close()
        front.reset()
        back.reset()
        return got

    return asyncio.run(run())


def test_bytes_that_come_before_the_target_are_kept() -> None:
    """A client that speaks first is heard."""
    assert joined_late(b"early bytes") == b"early bytes"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"mode": "slow"},
        {"mode": "delay"},
        {"mode": "delay", "ms": "100"},
        {"mode": "delay", "ms": True},
        {"mode": "throttle", "rate": 0},
        {"mode": "cut", "ms": 1},
        {"mode": "blackhole", "direction": "sideways"},
    ],
)
def test_wrong_modes_are_refused(options: dict[str, object]) -> None:
    """Each with a sentence."""
    with pytest.raises(ModeError, match=r"\w"):
        read_mode(options)


def test_direction_leaves_the_other_one_alone() -> None:
    """Only what goes up is late."""
    mode = read_mode({"mode": "delay", "ms": 250, "direction": "up"})
    assert (mode.up, mode.down) == (Shape(delay=0.25), Shape())


@pytest.mark.parametrize(
    "rule",
    [
        {"at": "data"},
        {"at": "ehlo", "to": "*"},
        {"at": "data", "to": "*", "times": 0},
        {"at": "data", "to": "*", "reply": "451 two\r\nlines"},
        {"at": "data", "to": "*", "delay": -1},
        {"at": "data", "to": "*", "colour": "red"},
    ],
)
def test_wrong_rules_are_refused(rule: dict[str, object]) -> None:
    """A script that cannot be followed is told at once."""
    with pytest.raises(RuleError, match=r"\w"):
        read_rule(rule)


def test_rule_is_used_up() -> None:
    """A pattern of recipients, whatever their case, and so often."""
    rule = read_rule({"at": "data", "to": "*@Slow.test", "times": 1, "reply": "451 later"})
    assert rule.fits("data", ["a@slow.TEST"])
    assert not rule.fits("rcpt", ["a@slow.test"])
    rule.use()
    assert not rule.fits("data", ["a@slow.test"])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe no header at all",
        b"Subject: =?utf-8?q?broken\r\nContent-Type: text/plain; charset=nobody-knows\r\n\r\nx",
        b"Content-Type: multipart/mixed\r\n\r\n--none",
        b"From: " + b"<" * 5000 + b"\r\n\r\n",
    ],
)
def test_any_bytes_are_read_as_a_letter(raw: bytes) -> None:
    """What an app sends is never our crash."""
    letter = read_letter(raw)
    assert set(letter) == {"subject", "headers", "text", "html"}
    assert len(str(letter)) < 5000


def test_journal_is_bounded_and_its_numbers_go_on() -> None:
    """The oldest entries are forgotten."""

    async def run() -> tuple[int, int, list[object]]:
        journal = Journal()
        for _ in range(MAX_ENTRIES + 5):
            journal.add({})
        first = (await journal.read(0, 0))[0]["number"]
        waited: list[object] = list(await journal.read(journal.last, 0.05))
        return journal.last, first, waited

    assert asyncio.run(run()) == (MAX_ENTRIES + 5, 6, [])
