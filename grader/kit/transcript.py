"""What a check sent and got, kept so that a failure can show it."""

from __future__ import annotations

import shlex
import threading
from dataclasses import dataclass, field

_SHOWN_BODY = 800
_SECRET_HEADERS = frozenset({"connection", "accept-encoding", "user-agent", "host", "accept", "x-request-id"})


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and, where one came, its response. Bodies are raw bytes; `seconds` is wall time."""

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
        """Return a shell command that sends the same request."""
        parts = ["curl", "-i", "-X", self.method, self.url]
        for name, value in self.request_headers:
            if name.lower() not in _SECRET_HEADERS:
                parts += ["-H", f"{name}: {value}"]
        if self.request_body:
            parts += ["-d", _shown(self.request_body)]
        return " ".join(shlex.quote(part) for part in parts)

    def text(self) -> str:
        """Return the exchange as it went over the wire, shortened."""
        lines = [f"{self.method} {self.url}"]
        lines += [
            f"{name}: {value}" for name, value in self.request_headers if name.lower() == "authorization"
        ]
        if self.request_body:
            lines.append(_shown(self.request_body))
        lines.append("")
        lines.append("no answer" if self.status is None else f"HTTP {self.status}")
        lines += [f"{name}: {value}" for name, value in self.response_headers[:20]]
        if self.response_body:
            lines += ["", _shown(self.response_body)]
        return "\n".join(lines)


@dataclass
class Transcript:
    """The exchanges of the check that runs now; safe to append to from several threads."""

    exchanges: list[Exchange] = field(default_factory=list)
    label: str = "check"
    _sent: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, label: str) -> None:
        """Forget what went before; `label` starts the request ids of what follows."""
        with self._lock:
            self.exchanges.clear()
            self.label, self._sent = label, 0

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


def _shown(body: bytes) -> str:
    text = body[:_SHOWN_BODY].decode("utf-8", "backslashreplace")
    rest = len(body) - _SHOWN_BODY
    return text if rest <= 0 else f"{text} ... ({rest} more bytes)"


current = Transcript()
"""The transcript of this process's running check: one child runs one check at a time."""
