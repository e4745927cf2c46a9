"""Answers that are strange and yet HTTP: nothing of them is followed, stored, unpacked or believed."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.kit import Client, UnmetError, together
from grader.kit.transcript import current
from tests import hostile_http
from tests.hostile_http import answers, says, serving

LOCATIONS = [
    "/again",
    "http://127.0.0.1:{port}/elsewhere",
    "//127.0.0.1:{port}/",
    "file:///etc/hostname",
    "http:///",
    "http://[",
    "http://xn--/",
    "http://\xff\xfe/",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("location", LOCATIONS)
def test_redirect_is_never_followed(location: str) -> None:
    """A redirect is an answer like any other, whatever its Location says."""
    with serving(answers(b"")) as elsewhere:
        port = elsewhere.url.rsplit(":", 1)[1]
        behave = answers(b"", "Location: " + location.format(port=port), status="302 Found")
        with serving(behave) as server:
            answer = Client(server.url).get("/again")
    assert answer.status == 302
    assert answer.header("location") == location.format(port=port)
    assert (server.visits, elsewhere.visits) == (1, 0)


def test_cookies_are_neither_kept_nor_sent() -> None:
    """Each request is without memory, whoever else uses the process."""
    cookies = [f"Set-Cookie: c{number}=v; Path=/" for number in range(2000)]
    with serving(answers(b"{}", *cookies)) as server:
        client = Client(server.url)
        assert (
            len([name for name, _ in client.get("/").exchange.response_headers if name == "Set-Cookie"])
            == 2000
        )
        client.get("/")
    assert all(b"ookie" not in request for request in server.requests)


def test_eight_thousand_headers_are_an_answer() -> None:
    """As long as the head is below the cap, many headers are only many headers."""
    with serving(answers(b"{}", *[f"H{number}: x" for number in range(8000)])) as server:
        assert len(Client(server.url).get("/").exchange.response_headers) == 8001


def test_unasked_switch_of_protocols_is_no_crash() -> None:
    """A 101 that nobody asked for is a failure."""
    behave = says(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\x00\x01")
    with serving(behave) as server, pytest.raises(UnmetError, match="not a complete HTTP answer") as caught:
        Client(server.url).get("/", deadline=1)
    assert "101" in caught.value.actual


def test_head_answer_has_no_body_though_it_names_a_length() -> None:
    """The Content-Length of a HEAD answer tells the length that GET would have."""
    with serving(says(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")) as server:
        answer = Client(server.url).request("HEAD", "/")
    assert (answer.status, answer.body) == (200, b"")


def test_informational_answers_before_the_real_one_are_skipped() -> None:
    """100 and 103 announce an answer; their heads do not count as its body."""
    data = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: a\r\n\r\n"
    with serving(says(data + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")) as server:
        answer = Client(server.url).post("/", {}, headers={"Expect": "100-continue"})
    assert (answer.status, answer.json()) == (200, {})


def test_body_that_ends_with_the_connection_is_complete() -> None:
    """Without a length, closing ends the body (RFC 9112, 6.3)."""
    with serving(says(b"HTTP/1.1 200 OK\r\n\r\n[1]")) as server:
        assert Client(server.url).get("/").json() == [1]


def test_terminal_escapes_survive_as_data() -> None:
    """What steers a terminal is kept as it came; whoever shows it makes it printable."""
    with serving(answers(b"\x1b]0;x\x07", "X-T: \xe2\x80\xae\x9b31m")) as server:
        answer = Client(server.url).get("/")
    assert answer.body == b"\x1b]0;x\x07"
    assert answer.header("x-t") == "\xe2\x80\xae\x9b31m"


@pytest.mark.parametrize("charset", ["zlib_codec", "rot13", "idna", "punycode", "utf-16", "\xff", '"'])
def test_charset_label_never_chooses_the_decoder(charset: str) -> None:
    """JSON is UTF-8, and a body that is not is named with its first wrong byte."""
    with serving(answers(b'{"a": "\xff"}', f"Content-Type: application/json; charset={charset}")) as server:
        answer = Client(server.url).get("/")
    with pytest.raises(UnmetError, match="not UTF-8") as caught:
        answer.json()
    assert caught.value.actual == "byte 0xff at offset 7"


def test_environment_proxies_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy named in the environment sees nothing."""
    with serving(answers(b"proxied")) as proxy, serving(answers(b"direct")) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert Client(server.url).get("/").body == b"direct"
    assert proxy.visits == 0


def test_eight_clients_at_once_keep_their_answers_apart() -> None:
    """Requests in parallel share nothing but the transcript, which holds each of them once."""
    current.begin("together")

    def echo(visit: hostile_http.Visit) -> None:
        path = visit.read_head().split()[1]
        visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(path), path))

    with serving(echo) as server:
        client = Client(server.url)
        bodies = together([lambda n=n: client.get(f"/{n}").body for n in range(8)])
    assert bodies == [b"/%d" % number for number in range(8)]
    assert len({exchange.request_id for exchange in current.exchanges}) == 8


def test_requests_leave_no_thread_behind() -> None:
    """A deadline costs no thread."""
    before = threading.active_count()
    with serving(answers(b"")) as server:
        server_threads = 1
        for _ in range(5):
            Client(server.url).get("/", deadline=60)
        ours = [thread for thread in threading.enumerate() if "_visit" not in thread.name]
        assert len(ours) <= before + server_threads


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: "]),
)
def test_any_bytes_are_an_answer_or_a_failure(data: bytes, start: bytes) -> None:
    """No bytes at all make the client raise anything but its own failure."""
    with serving(says(start + data)) as server, suppress(UnmetError):
        Client(server.url).get("/", deadline=2).json()


MEMORY = """
import resource, sys
from grader.kit import Client, UnmetError
client = Client(sys.argv[1])
client_warm = None
try: client.get("/", deadline=0.05)
except UnmetError: pass
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for _ in range(3):
    try: client.get("/")
    except UnmetError as error: assert "MiB" in error.actual, error
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_endless_body_costs_little_memory() -> None:
    """Reading stops at the cap, so that memory does."""
    with serving(hostile_http.floods(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 65536)) as server:
        done = subprocess.run(
            [sys.executable, "-c", MEMORY, server.url], capture_output=True, text=True, timeout=60, check=True
        )
    assert int(done.stdout) < 60 * 1024
