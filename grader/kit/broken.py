"""Words for answers that are none: what a learner reads when a service breaks HTTP itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpcore

from grader.kit.verdicts import UnmetError

if TYPE_CHECKING:
    from grader.kit.transcript import Exchange
    from grader.kit.wire import Deadline, Wire

_NO_BODY_STATUSES = frozenset({204, 304})

_NOTHING = "the connection was closed before any answer"
_PLAIN = (
    ("disconnected without sending", _NOTHING),
    ("Connection reset", "the connection was cut (reset) before the answer was complete"),
    ("peer closed connection", "the connection was closed before the body was complete"),
    ("Receive buffer too long", "a head (status line and headers) of more than 100 KB"),
    ("illegal status line", "something that is not HTTP/1.1"),
    ("illegal header line", "a header line that HTTP does not allow"),
    ("continuation line", "a header line that HTTP does not allow"),
    ("illegal chunk header", "a chunked body with a chunk size that is none"),
    ("conflicting Content-Length", "two Content-Length headers that differ"),
    ("bad Content-Length", "a Content-Length that is no whole number"),
)


def explained(error: Exception, sent: Exchange, deadline: Deadline, wire: Wire | None) -> UnmetError:
    """Return what an exception of httpcore means to the person whose service caused it."""
    if isinstance(error, httpcore.TimeoutException):
        came = wire.received if wire else 0
        return UnmetError(
            f"{_where(sent)} was not answered in time.",
            expected=f"a complete answer within {deadline.seconds:g} s",
            actual=f"an incomplete one: {came} bytes by then" if came else "nothing by then",
            exchange=sent,
        )
    if wire is None:
        return UnmetError(
            f"The service did not take the connection for {_where(sent)}.",
            expected="a service that listens and accepts the connection",
            actual=str(error) or "refused",
            exchange=sent,
        )
    text = str(error)
    plain = next((plain for part, plain in _PLAIN if part in text), text)
    if plain is _NOTHING and wire.received:
        plain = "something that is not HTTP/1.1, or ends within the headers"
    return unclear(plain, sent, wire)


def unclear(what: str, sent: Exchange, wire: Wire) -> UnmetError:
    """Return the failure for bytes that are no complete HTTP answer."""
    start = bytes(wire.head[:60])
    return UnmetError(
        f"What came back for {_where(sent)} is not a complete HTTP answer.",
        expected="a complete HTTP/1.1 answer",
        actual=what + (f"; what came starts with {start!r}" if start else ""),
        exchange=sent,
    )


def too_large(sent: Exchange, limit: int) -> UnmetError:
    """Return the failure for an answer that is far larger than any exercise needs, or endless."""
    return UnmetError(
        f"The answer to {_where(sent)} is too large, or does not end.",
        expected=f"at most {limit >> 20} MiB",
        actual=f"more than {limit >> 20} MiB",
        exchange=sent,
    )


def reject_misframed(done: Exchange, wire: Wire) -> None:
    """Raise `UnmetError` where it is not clear where the answer ends, or bytes follow its end."""
    headers = {name.lower(): value for name, value in done.response_headers}
    length, coding = headers.get("content-length"), headers.get("transfer-encoding")
    if length is not None and coding is not None:
        raise UnmetError(
            "The answer has both Content-Length and Transfer-Encoding: its end is ambiguous (RFC 9112, 6.3).",
            expected="one of the two",
            actual=f"Content-Length: {length} and Transfer-Encoding: {coding}",
            exchange=done,
        )
    bodiless = done.method == "HEAD" or done.status in _NO_BODY_STATUSES
    if not bodiless and length is None:
        return
    end = _end_of_head(bytes(wire.head))
    surplus = wire.received - end - len(done.response_body)
    if end and surplus > 0:
        raise UnmetError(
            f"Bytes follow the end of the answer to {_where(done)} (RFC 9112, 6.3).",
            expected="no body" if bodiless else f"{length} bytes of body, as Content-Length says",
            actual=f"{surplus} bytes more: {bytes(wire.head[end + len(done.response_body) :][:60])!r}",
            exchange=done,
        )


def _end_of_head(start: bytes) -> int:
    """Return where the body begins, behind any 1xx answers; 0 if that is not within `start`."""
    end = 0
    while informational := re.compile(rb"HTTP/1\.\d 1\d\d").match(start, end):
        end = _blank_line(start, informational.end())
        if not end:
            return 0
    return _blank_line(start, end)


def _blank_line(start: bytes, place: int) -> int:
    found = re.compile(rb"\r?\n\r?\n").search(start, place)
    return found.end() if found else 0


def _where(sent: Exchange) -> str:
    return f"{sent.method} {sent.url}"
