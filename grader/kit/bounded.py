"""HTTP with hard bounds in time and bytes, whatever the other side sends.

httpx bounds each read, not the whole answer, and would unpack gzip without end; so the body is read raw,
counted, and a timer shuts the socket down when the deadline of the whole exchange is over.
"""

from __future__ import annotations

import socket
import threading
import time
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Self

import httpx

from grader.kit.transcript import Exchange, current
from grader.kit.verdicts import UnmetError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_BODY = 4 << 20
"""Bytes of a body that are read at most; no answer of these exercises comes near."""


class Deadline:
    """Shuts a connection's socket down once `seconds` are over."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.expired = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Take the socket from httpcore's trace extension as soon as it is connected."""
        if event == "connection.connect_tcp.complete":
            self._socket = info["return_value"].get_extra_info("socket")

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _expire(self) -> None:
        self.expired = True
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:  # it is closed already: nothing left to bound
                return


def open_client() -> httpx.Client:
    """Return a client that follows nothing, stores nothing, unpacks nothing and trusts no environment."""
    client = httpx.Client(
        trust_env=False,
        follow_redirects=False,
        limits=httpx.Limits(max_keepalive_connections=0),
        headers={"accept": "*/*", "accept-encoding": "identity", "connection": "close"},
    )
    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return client


def exchange(
    client: httpx.Client,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes,
    deadline: float,
) -> Exchange:
    """Send one request on a fresh connection and return the whole answer, recorded in the transcript.

    Raises `UnmetError` when no complete, well-formed HTTP answer of at most `MAX_BODY` bytes came within
    `deadline` seconds.
    """
    request_id = current.next_request_id()
    request = client.build_request(
        method, url, headers={"x-request-id": request_id, **headers}, content=body or None
    )
    sent = Exchange(
        method=method,
        url=str(request.url),
        request_headers=tuple((name, value) for name, value in request.headers.items()),
        request_body=body,
        request_id=request_id,
    )
    limit = Deadline(deadline)
    request.extensions = {"trace": limit.trace, "timeout": dict.fromkeys(_PHASES, deadline)}
    began = time.monotonic()
    try:
        with limit:
            done = _receive(client, request, sent, began)
    except httpx.HTTPError as error:
        current.add(sent)
        raise _unmet(error, sent, limit) from None
    current.add(done)
    return done


_PHASES = ("connect", "read", "write", "pool")


def _receive(client: httpx.Client, request: httpx.Request, sent: Exchange, began: float) -> Exchange:
    response = client.send(request, stream=True)
    try:
        _reject_ambiguous_length(response, sent)
        chunks = list(_bounded(response, sent))
    finally:
        response.close()
    return Exchange(
        method=sent.method,
        url=sent.url,
        request_headers=sent.request_headers,
        request_body=sent.request_body,
        request_id=sent.request_id,
        status=response.status_code,
        response_headers=tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw
        ),
        response_body=b"".join(chunks),
        seconds=time.monotonic() - began,
    )


def _bounded(response: httpx.Response, sent: Exchange) -> Iterator[bytes]:
    size = 0
    for chunk in response.iter_raw():
        size += len(chunk)
        if size > MAX_BODY:
            current.add(sent)
            raise UnmetError(
                f"The answer to {sent.method} {sent.url} does not end.",
                expected=f"a body of at most {MAX_BODY} bytes",
                actual=f"more than {MAX_BODY} bytes",
                exchange=sent,
            )
        yield chunk


def _reject_ambiguous_length(response: httpx.Response, sent: Exchange) -> None:
    if "content-length" in response.headers and "transfer-encoding" in response.headers:
        current.add(sent)
        raise UnmetError(
            "The answer has both Content-Length and Transfer-Encoding: its end is ambiguous (RFC 9112, 6.3).",
            expected="one of the two",
            actual=f"Content-Length: {response.headers['content-length']} and "
            f"Transfer-Encoding: {response.headers['transfer-encoding']}",
            exchange=sent,
        )


def _unmet(error: httpx.HTTPError, sent: Exchange, limit: Deadline) -> UnmetError:
    where = f"{sent.method} {sent.url}"
    if limit.expired or isinstance(error, httpx.TimeoutException):
        return UnmetError(
            f"{where} was not answered in time.",
            expected=f"a complete answer within {limit.seconds:g} s",
            actual="none by then",
            exchange=sent,
        )
    if isinstance(error, httpx.ConnectError):
        return UnmetError(
            f"The service did not take the connection for {where}.",
            expected="a connection",
            actual=str(error) or "refused",
            exchange=sent,
        )
    return UnmetError(
        f"What came back for {where} is not a complete HTTP answer.",
        expected="a complete HTTP/1.1 answer",
        actual=str(error) or type(error).__name__,
        exchange=sent,
    )
