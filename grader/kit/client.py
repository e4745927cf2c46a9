"""The HTTP client checks use."""

from __future__ import annotations

import json as jsonlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.kit import values
from grader.kit.verdicts import UnmetError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grader.kit.transcript import Exchange
    from grader.kit.values import JsonObject

UNSET: Any = object()

_TOKEN = re.compile(r"[\x21-\x7e]+")

DEADLINE = 10.0
"""Seconds from connecting to the last byte, unless a check says otherwise."""


@dataclass(frozen=True)
class Response:
    """One complete answer. Reading it raises `UnmetError` where it is not what JSON or HTTP asks for."""

    exchange: Exchange

    @property
    def status(self) -> int:
        """The status code."""
        return self.exchange.status or 0

    @property
    def body(self) -> bytes:
        """The body, raw."""
        return self.exchange.response_body

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None."""
        return next(
            (value for key, value in self.exchange.response_headers if key.lower() == name.lower()), None
        )

    def json(self) -> Any:
        """Return the body as JSON; objects come as `JsonObject`."""
        try:
            self._reject_packed()
            return values.parse(self.body)
        except UnmetError as error:
            error.exchange = self.exchange
            raise

    def _reject_packed(self) -> None:
        coding = self.header("content-encoding") or "identity"
        if coding.strip().lower() != "identity":
            raise UnmetError(
                f"The body is compressed or claims to be, though the request to {self.exchange.url} "
                "asked for a plain one (Accept-Encoding: identity).",
                expected="no Content-Encoding",
                actual=f"Content-Encoding: {coding}",
            )

    def object(self) -> JsonObject:
        """Return the body as a JSON object."""
        value = self.json()
        if not isinstance(value, values.JsonObject):
            raise UnmetError(
                f"The answer to {self.exchange.method} {self.exchange.url} should be a JSON object.",
                expected="a JSON object",
                actual=values.dump(value)[:200],
                exchange=self.exchange,
            )
        return value


@dataclass(frozen=True)
class Client:
    """Sends requests to one base URL, each on a connection of its own.

    `headers` go with every request; `path` arguments start with a slash and may carry a query.
    """

    base: str
    headers: tuple[tuple[str, str], ...] = ()

    def bearing(self, token: str) -> Client:
        """Return a client that sends this Bearer token (RFC 6750)."""
        if not _TOKEN.fullmatch(token):
            raise UnmetError(
                "The token cannot be sent back: it does not fit into an Authorization header (RFC 6750).",
                expected="a token of visible ASCII characters",
                actual=ascii(token[:200]),
            )
        return Client(
            self.base, tuple(_merged(self.headers, (("Authorization", f"Bearer {token}"),)).items())
        )

    def at(self, base: str) -> Client:
        """Return the same client for another base URL."""
        return Client(base, self.headers)

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = UNSET,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        deadline: float = DEADLINE,
    ) -> Response:
        """Send one request; `json` is serialised and labelled, `body` goes as it is.

        Raises `UnmetError` when no complete answer came within `deadline` seconds.
        """
        # Imported late: the parent of a suite uses this package too, and never sends a request.
        from grader.kit import bounded  # noqa: PLC0415

        if not path.startswith("/"):
            raise UnmetError(
                "A path that a request goes to has to start with a slash.",
                expected="/...",
                actual=ascii(path[:200]),
            )
        sent = _merged(self.headers, tuple((headers or {}).items()))
        if json is not UNSET:
            body = jsonlib.dumps(json).encode()
            sent = _merged((("Content-Type", "application/json"),), tuple(sent.items()))
        return Response(
            bounded.exchange(method, self.base + path, headers=sent, body=body, deadline=deadline)
        )

    def get(self, path: str, **options: Any) -> Response:
        """Send GET."""
        return self.request("GET", path, **options)

    def post(self, path: str, json: Any = UNSET, **options: Any) -> Response:
        """Send POST with a JSON body."""
        return self.request("POST", path, json=json, **options)

    def put(self, path: str, json: Any = UNSET, **options: Any) -> Response:
        """Send PUT with a JSON body."""
        return self.request("PUT", path, json=json, **options)

    def patch(self, path: str, json: Any = UNSET, **options: Any) -> Response:
        """Send PATCH with a JSON body."""
        return self.request("PATCH", path, json=json, **options)

    def delete(self, path: str, **options: Any) -> Response:
        """Send DELETE."""
        return self.request("DELETE", path, **options)


def _merged(earlier: tuple[tuple[str, str], ...], later: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return the headers of both, where the later ones replace the earlier of the same name."""
    replaced = {name.lower() for name, _ in later}
    return {**{name: value for name, value in earlier if name.lower() not in replaced}, **dict(later)}
