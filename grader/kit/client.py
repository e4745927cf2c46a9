"""The HTTP client checks use."""

from __future__ import annotations

import functools
import json as jsonlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.kit import values
from grader.kit.verdicts import UnmetError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx

    from grader.kit.transcript import Exchange
    from grader.kit.values import JsonObject

UNSET: Any = object()

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
            return values.parse(self.body)
        except UnmetError as error:
            error.exchange = self.exchange
            raise

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


@functools.cache
def _shared() -> httpx.Client:
    # Imported late: the parent of a suite uses this package too, and never sends a request.
    from grader.kit import bounded  # noqa: PLC0415

    return bounded.open_client()


@dataclass(frozen=True)
class Client:
    """Sends requests to one base URL, each on a connection of its own.

    `headers` go with every request; `path` arguments start with a slash and may carry a query.
    """

    base: str
    headers: tuple[tuple[str, str], ...] = ()

    def bearing(self, token: str) -> Client:
        """Return a client that sends this Bearer token (RFC 6750)."""
        kept = tuple((name, value) for name, value in self.headers if name.lower() != "authorization")
        return Client(self.base, (*kept, ("Authorization", f"Bearer {token}")))

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
        """Send one request; `json` is serialised and labelled, `body` goes as it is."""
        from grader.kit import bounded  # noqa: PLC0415 - see _shared

        sent = {**dict(self.headers), **(headers or {})}
        if json is not UNSET:
            body = jsonlib.dumps(json).encode()
            sent = {"Content-Type": "application/json", **sent}
        done = bounded.exchange(
            _shared(), method, self.base + path, headers=sent, body=body, deadline=deadline
        )
        return Response(done)

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
