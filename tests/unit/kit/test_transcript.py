"""What a failure shows of the requests: a command that repeats them, and what went over the wire."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from grader.kit import Client
from grader.kit.transcript import Exchange, Transcript
from tests.hostile_http import Server, Visit, serving

REQUESTS = {
    "get": ("GET", {}, b""),
    "json": ("POST", {"Content-Type": "application/json"}, b'{"a": "it\'s $HOME `x` \\\\ \\n"}'),
    "lines": ("POST", {"Content-Type": "text/plain"}, b"one\ntwo\n\ttab\n"),
    "at-sign": ("PUT", {"Content-Type": "text/plain"}, b"@/etc/hostname"),
    "no-label": ("POST", {}, b"{}"),
    "empty-header": ("GET", {"X-Empty": ""}, b""),
    "token": ("PATCH", {"Authorization": "Bearer a.b-c_d~+/=="}, b""),
    "utf-8": ("POST", {"Content-Type": "text/plain"}, "žluťoučký 🐎".encode()),
    "get-body": ("GET", {"Content-Type": "text/plain"}, b"odd"),
    "accept": ("GET", {"Accept": "text/html", "User-Agent": "mine", "X-Request-Id": "r1"}, b""),
}


def record(visit: Visit, seen: list[bytes]) -> None:
    head, _, body = visit.read_head().partition(b"\r\n\r\n")
    length = next(
        (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += visit.socket.recv(1 << 16)
    seen.append(head + b"\r\n\r\n" + body)
    visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def chosen(request: bytes, names: set[str]) -> tuple[bytes, list[bytes], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *headers = head.split(b"\r\n")
    kept = sorted(line for line in headers if line.split(b":")[0].lower().decode() in names)
    return first, [line.strip().lower() for line in kept], body


@pytest.mark.skipif(
    shutil.which("curl") is None, reason="curl is not installed: install it with your package manager"
)
@pytest.mark.parametrize("name", REQUESTS)
def test_curl_command_sends_the_same_request(name: str) -> None:
    """Pasted into a shell, the command sends the method, target, chosen headers and body of the check."""
    method, headers, body = REQUESTS[name]
    seen: list[bytes] = []
    server: Server
    with serving(lambda visit: record(visit, seen)) as server:
        path = "/a/../b?x=[1]&y={2}&z='%20$A"
        answer = Client(server.url).request(method, path, headers=headers, body=body)
        subprocess.run(["/bin/sh", "-c", answer.exchange.curl()], capture_output=True, timeout=10, check=True)
    names = {header.lower() for header in headers} | {"content-type"}
    ours, theirs = (chosen(request, names) for request in seen)
    assert theirs == ours


@pytest.mark.parametrize("body", [b"\x00\x01", b"\xff", b"\x1b[2J", b"a" * 5000])
def test_curl_command_leaves_out_a_body_that_cannot_be_typed(body: bytes) -> None:
    """The command says what belongs into the file it reads."""
    curl = Exchange(method="POST", url="http://x/", request_body=body).curl()
    assert curl.endswith(f"--data-binary @body.bin  # body.bin: the {len(body)} bytes that were sent")


def test_curl_command_of_head_does_not_wait_for_a_body() -> None:
    """A HEAD request is curl's own."""
    assert Exchange(method="HEAD", url="http://x/").curl() == "curl -I http://x/"


def test_exchange_text_is_bounded() -> None:
    """Many headers and a large body become a few lines that say what is left out."""
    text = Exchange(
        method="GET",
        url="http://x/",
        status=200,
        response_headers=tuple((f"h{number}", "v" * 9000) for number in range(500)),
        response_body=b"\xff" * 100_000,
    ).text()
    assert "(480 more headers)" in text
    assert "(99200 more bytes)" in text
    assert len(text) < 12_000


def test_transcript_keeps_the_last_exchanges_of_one_check() -> None:
    """Requests in a loop do not fill the memory, and a new check starts afresh."""
    transcript = Transcript()
    transcript.begin("line.check")
    for _ in range(300):
        transcript.add(Exchange(method="GET", url="u", request_id=transcript.next_request_id()))
    assert len(transcript.exchanges) == 200
    assert transcript.last is not None
    assert transcript.last.request_id == "line.check.300"
    transcript.begin("x" * 100)
    assert transcript.last is None
    assert len(transcript.next_request_id()) <= 64
