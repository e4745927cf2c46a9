"""HTTP with hard bounds in time and bytes, whatever the other side sends.

httpx bounds each read and not the whole answer, unpacks gzip without end and reads the Location of what it
does not follow; so httpx only makes the request, and one connection per request carries it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpcore
import httpx

from grader.kit import broken
from grader.kit.transcript import Exchange, current
from grader.kit.verdicts import UnmetError
from grader.kit.wire import Deadline, FloodError, Wire, connect

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BODY = 4 << 20
"""Bytes of a body that are read at most; no answer of these exercises comes near."""

_MAX_RECEIVED = MAX_BODY + (1 << 20)

_OURS = {
    "accept": "*/*",
    "accept-encoding": "identity",
    "connection": "close",
    "user-agent": f"python-httpx/{httpx.__version__}",
}


def exchange(method: str, url: str, *, headers: Mapping[str, str], body: bytes, deadline: float) -> Exchange:
    """Send one request on a connection of its own and return the whole answer, kept in the transcript.

    Nothing is followed, stored or unpacked, and no environment is trusted. Raises `UnmetError` when no
    complete, well-formed HTTP answer of at most `MAX_BODY` bytes came within `deadline` seconds.
    """
    given = {name.lower(): value for name, value in headers.items()}
    request_id = given.get("x-request-id") or current.next_request_id()
    request = _request(method, url, {**_OURS, "x-request-id": request_id, **given}, body)
    sent = Exchange(
        method=method,
        url=str(request.url),
        request_headers=tuple(headers.items()),
        request_body=body,
        request_id=request_id,
    )
    try:
        done = _carry(request, sent, Deadline(deadline))
    except UnmetError:
        current.add(sent)
        raise
    current.add(done)
    return done


def _request(method: str, url: str, headers: Mapping[str, str], body: bytes) -> httpx.Request:
    try:
        pairs = [(name.encode(), _value(value)) for name, value in headers.items()]
        return httpx.Request(method, url, headers=pairs, content=body or None)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise UnmetError(
            "A request cannot be made of what the service gave: it does not fit into a URL or a header.",
            expected="ids, links and tokens of printable characters",
            actual=f"{method} {url[:200]!a}: {error}",
        ) from None


def _value(value: str) -> bytes:
    try:
        return value.encode("latin-1")  # as it is decoded, so that what came can be sent back
    except UnicodeEncodeError:
        return value.encode()


def _carry(request: httpx.Request, sent: Exchange, deadline: Deadline) -> Exchange:
    url, tls = request.url, request.url.scheme == "https"
    began = time.monotonic()
    wire = None
    try:
        port = url.port or (443 if tls else 80)
        wire = connect(url.host, port, tls=tls, deadline=deadline, limit=_MAX_RECEIVED)
        status, headers, body = _converse(request, wire)
    except httpcore.LocalProtocolError:
        if wire is None or not wire.received:
            raise  # what the check wants to send is no HTTP: the check's own fault
        raise broken.unclear("an answer that does not fit the request", sent, wire) from None
    except FloodError:
        raise broken.too_large(sent, MAX_BODY) from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
        raise broken.explained(error, sent, deadline, wire) from None
    finally:
        if wire is not None:
            wire.close()
    done = Exchange(
        method=sent.method,
        url=sent.url,
        request_headers=sent.request_headers,
        request_body=sent.request_body,
        request_id=sent.request_id,
        status=status,
        response_headers=headers,
        response_body=body,
        seconds=time.monotonic() - began,
    )
    broken.reject_misframed(done, wire)
    return done


def _converse(request: httpx.Request, wire: Wire) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    url = request.url
    origin = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    with httpcore.HTTP11Connection(origin.origin, wire) as connection:
        answer = connection.handle_request(
            httpcore.Request(request.method, origin, headers=request.headers.raw, content=request.content)
        )
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in answer.headers)
        body = bytearray()
        for chunk in answer.iter_stream():
            body += chunk
            if len(body) > MAX_BODY:
                raise FloodError
    return answer.status, headers, bytes(body)
