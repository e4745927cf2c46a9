"""What a check sent and got, kept so that a failure can show it."""

from __future__ import annotations

import re
import shlex
import threading
from dataclasses import dataclass, field

from grader.kit.shown import clipped

_SHOWN_BODY = 800
_SHOWN_HEADERS = 20
_SHOWN_VALUE = 300
_SHOWN_CREDENTIAL = 40
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and, where one came, its response. Bodies are raw bytes; `seconds` is wall time.

    `request_headers` are those that the check chose; what every request carries is not among them.
    """

    method: str
    url: str
    request_headers: tuple[tuple[str, str], ...] = ()
    request_body: bytes = b""
    status: int | None = None
    response_headers: tuple[tuple[str, str], ...] = ()
    response_body: bytes = b""
    seconds: float = 0.0
    request_id: str = ""

    def curl(self) -> str:
        """Return a shell command that sends the same request; a body that cannot be typed is left out."""
        parts = ["curl", "-I" if self.method == "HEAD" else "-i"]
        if self.request_body or self.method not in {"GET", "HEAD"}:
            parts += ["-X", self.method]
        if re.search(r"[\[\]{}]", self.url):
            parts.append("--globoff")
        parts.append(self.url)
        for name, value in self.request_headers:
            parts += ["-H", f"{name}: {value}" if value else f"{name};"]
        data, note = self._curl_body()
        return " ".join(shlex.quote(part) for part in parts + data) + note

    def text(self) -> str:
        """Return the exchange as it went over the wire, shortened."""
        lines = [f"{self.method} {self.url}", *_header_lines(self.request_headers)]
        if self.request_body:
            lines.append(_shown(self.request_body))
        lines.append("")
        lines.append("no answer" if self.status is None else f"HTTP {self.status}")
        lines += _header_lines(self.response_headers)
        if self.response_body:
            lines += ["", _shown(self.response_body)]
        return "\n".join(lines)

    def _curl_body(self) -> tuple[list[str], str]:
        """Return the arguments for the body and a shell comment; curl labels a body if nobody else does."""
        if not self.request_body:
            return [], ""
        labelled = any(name.lower() == "content-type" for name, _ in self.request_headers)
        label = [] if labelled else ["-H", "Content-Type:"]
        text = self.request_body.decode("utf-8", "replace")
        if len(text) > _SHOWN_BODY or _CONTROL.search(text) or text.encode() != self.request_body:
            note = f"  # body.bin: the {len(self.request_body)} bytes that were sent"
            return [*label, "--data-binary", "@body.bin"], note
        return [*label, "--data-raw", text], ""


@dataclass
class Transcript:
    """The exchanges of the check that runs now; safe to append to from several threads.

    `waited` says that the check gave up waiting for something, which no exchange may tell.
    """

    exchanges: list[Exchange] = field(default_factory=list)
    label: str = "check"
    waited: bool = False
    _sent: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, label: str) -> None:
        """Forget what went before; `label` starts the request ids of what follows."""
        with self._lock:
            self.exchanges.clear()
            self.label, self._sent, self.waited = label, 0, False

    def next_request_id(self) -> str:
        """Return an id no other request of this check has; 64 characters at most."""
        with self._lock:
            self._sent += 1
            return f"{self.label[-56:]}.{self._sent}"

    def add(self, exchange: Exchange) -> None:
        """Keep one exchange; only the last 200 are kept."""
        with self._lock:
            self.exchanges.append(exchange)
            del self.exchanges[:-200]

    @property
    def last(self) -> Exchange | None:
        """The exchange that ended last."""
        return self.exchanges[-1] if self.exchanges else None


def _header_lines(headers: tuple[tuple[str, str], ...]) -> list[str]:
    lines = [f"{name}: {clipped(value, _limit(name))}" for name, value in headers[:_SHOWN_HEADERS]]
    rest = len(headers) - _SHOWN_HEADERS
    return lines if rest <= 0 else [*lines, f"... ({rest} more headers)"]


def _limit(name: str) -> int:
    """Return how much of a header is read by people: a token whole is in the curl command."""
    return _SHOWN_CREDENTIAL if name.lower() == "authorization" else _SHOWN_VALUE


def _shown(body: bytes) -> str:
    text = body[:_SHOWN_BODY].decode("utf-8", "backslashreplace")
    rest = len(body) - _SHOWN_BODY
    return text if rest <= 0 else f"{text} ... ({rest} more bytes)"


current = Transcript()
"""The transcript of this process's running check: one child runs one check at a time."""
