"""Answers that are no HTTP: each is the service's failure, in words, within the deadline."""

from __future__ import annotations

import gzip
import time

import pytest

from grader.kit import Client, UnmetError
from tests import hostile_http
from tests.hostile_http import answers, drips, floods, says, serving

OK = b"HTTP/1.1 200 OK\r\n"

MALFORMED = {
    "http-0.9": (says(b"hello there\n"), "not HTTP/1.1"),
    "ssh": (says(b"SSH-2.0-OpenSSH_9.2\r\n"), "SSH-2.0"),
    "tls": (says(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40), r"\x16\x03"),
    "nothing": (says(b""), "before any answer"),
    "reset": (hostile_http.resets, "reset"),
    "obs-fold-first": (says(OK + b" folded: 1\r\n\r\n"), "header line"),
    "nul-in-header": (says(OK + b"X-A: a\x00b\r\nContent-Length: 0\r\n\r\n"), "header line"),
    "space-in-name": (says(OK + b"X A: b\r\nContent-Length: 0\r\n\r\n"), "header line"),
    "huge-head": (says(OK + b"X-A: " + b"a" * 300_000 + b"\r\n\r\n"), "100 KB"),
    "huge-location": (answers(b"", "Location: /" + "a" * 1_000_000, status="302 Found"), "100 KB"),
    "short-length": (says(OK + b"Content-Length: 10\r\n\r\nabc"), "before the body was complete"),
    "long-body": (says(OK + b"Content-Length: 3\r\n\r\nabcdef"), "3 bytes more: b'def'"),
    "two-lengths": (says(OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"), "that differ"),
    "negative-length": (says(OK + b"Content-Length: -3\r\n\r\nabc"), "no whole number"),
    "plus-length": (says(OK + b"Content-Length: +3\r\n\r\nabc"), "no whole number"),
    "both-lengths": (
        says(OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
        "Transfer-Encoding: chunked",
    ),
    "chunk-garbage": (says(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"), "chunk size"),
    "chunk-huge": (says(OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 30 + b"\r\n"), "chunk size"),
    "chunk-unended": (says(OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"), "before the body"),
    "odd-coding": (says(OK + b"Transfer-Encoding: gzip\r\n\r\nabc"), "Transfer-Encoding"),
    "body-of-204": (says(b"HTTP/1.1 204 No Content\r\n\r\nabc"), "3 bytes more"),
    "second-answer": (says((OK + b"Content-Length: 2\r\n\r\nab") * 2), "bytes more: b'HTTP/1.1"),
    "letters-as-status": (says(b"HTTP/1.1 OK\r\n\r\n"), "not HTTP/1.1"),
    "http-2": (says(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00"), "what came starts with"),
    "large": (answers(b"a" * 10_000_000), "4 MiB"),
    "endless": (floods(OK + b"\r\n", b"a" * 65536), "4 MiB"),
    "endless-chunks": (
        floods(OK + b"Transfer-Encoding: chunked\r\n\r\n", (b"400\r\n" + b"a" * 1024 + b"\r\n") * 50),
        "MiB",
    ),
    "endless-1xx": (floods(b"", (b"HTTP/1.1 100 Go\r\nX-A: " + b"a" * 1000 + b"\r\n\r\n") * 50), "MiB"),
    "endless-trailers": (
        floods(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-A: b\r\n" * 500),
        "100 KB",
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_answer_is_the_services_failure_in_words(name: str) -> None:
    """What is no complete HTTP answer is an unmet expectation that says what came."""
    behave, words = MALFORMED[name]
    with serving(behave) as server, pytest.raises(UnmetError) as caught:
        Client(server.url).get("/x")
    assert words in caught.value.actual
    assert caught.value.exchange is not None
    assert f"GET {server.url}/x" in caught.value.rationale or "ambiguous" in caught.value.rationale
    assert len(str(caught.value)) < 1500


SLOW = {
    "silence": (hostile_http.silent, "nothing by then"),
    "dripped-body": (drips(OK + b"\r\n", b"a"), "bytes by then"),
    "dripped-headers": (drips(OK + b"X-A: ", b"a"), "bytes by then"),
    "dripped-1xx": (drips(b"", b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"), "bytes by then"),
}


@pytest.mark.parametrize("name", SLOW)
def test_slow_answer_ends_at_the_deadline(name: str) -> None:
    """The deadline bounds the whole exchange, not each read."""
    behave, words = SLOW[name]
    began = time.monotonic()
    with serving(behave) as server, pytest.raises(UnmetError, match="not answered in time") as caught:
        Client(server.url).get("/", deadline=0.4)
    assert words in caught.value.actual
    assert time.monotonic() - began < 1.5


def test_connection_that_nobody_takes_ends_at_the_deadline() -> None:
    """A listener with a full backlog is left at the deadline."""
    began = time.monotonic()
    with hostile_http.full_backlog() as url, pytest.raises(UnmetError, match="not answered in time"):
        Client(url).get("/", deadline=0.5)
    assert time.monotonic() - began < 1.6


def test_refused_connection_names_the_request() -> None:
    """Where nothing listens, the failure says so."""
    with serving(hostile_http.silent) as server:
        pass
    with pytest.raises(UnmetError, match="did not take the connection") as caught:
        Client(server.url).post("/a", {"b": 1}, deadline=2)
    assert "refused" in caught.value.actual


@pytest.mark.parametrize("pause", [0.0, 0.2])
def test_early_refusal_of_a_large_body_is_read(pause: float) -> None:
    """A 413 that comes before the body was read, is the answer."""

    def behave(visit: hostile_http.Visit) -> None:
        visit.read_head()
        visit.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        time.sleep(pause)

    with serving(behave) as server:
        assert Client(server.url).post("/", body=b"a" * 3_000_000).status == 413


def test_early_refusal_without_reading_or_closing_is_read() -> None:
    """A server that answers and then stops reading does not use up the deadline."""
    behave = hostile_http.answers_early(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
    with serving(behave) as server:
        assert Client(server.url).post("/", body=b"a" * 30_000_000, deadline=10).status == 413


def test_large_body_to_a_server_that_never_reads_ends_at_the_deadline() -> None:
    """Sending is bounded like receiving."""
    began = time.monotonic()
    with serving(hostile_http.answers_early(b"")) as server, pytest.raises(UnmetError, match="in time"):
        Client(server.url).post("/", body=b"a" * 30_000_000, deadline=0.5)
    assert time.monotonic() - began < 2


PACKED = {
    "gzip": (gzip.compress(b"[" + b"0," * 500_000 + b"0]"), "gzip"),
    "nested": (gzip.compress(gzip.compress(b"[]")), "gzip, gzip"),
    "lie": (b"{}", "gzip"),
    "unknown": (b"{}", "zstd\tx"),
}


@pytest.mark.parametrize("name", PACKED)
def test_packed_body_is_never_unpacked(name: str) -> None:
    """A compressed body stays as it came, and reading it as JSON says that nobody asked for it."""
    body, coding = PACKED[name]
    with serving(answers(body, f"Content-Encoding: {coding}")) as server:
        answer = Client(server.url).get("/")
    assert answer.body == body
    with pytest.raises(UnmetError, match="asked for a plain one") as caught:
        answer.json()
    assert caught.value.exchange is answer.exchange
