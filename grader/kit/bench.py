"""Asks the bench, the grader's own program beside the app, what its stubs were told."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from grader.kit.verdicts import GraderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SECONDS = 10.0
_MOST = 30.0
"""Seconds one question may wait inside the bench."""


@dataclass(frozen=True)
class Stub:
    """One stub of the bench; `url` is `http://bench:TOKEN@127.0.0.1:PORT/COLLECTION/NAME`."""

    url: str

    def ask(self, method: str, verb: str = "", **body: Any) -> dict[str, Any]:
        """Return the answer to one request; raises `GraderError` when the bench gives none."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection("127.0.0.1", parts.port or 0, timeout=_MOST + _SECONDS)
        headers = {"Authorization": f"Bearer {parts.password}"}
        path = f"{parts.path}/{verb}" if verb else parts.path
        try:
            connection.request(method, path, json.dumps(body), headers)
            response = connection.getresponse()
            reply: dict[str, Any] = json.loads(response.read())
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise GraderError(f"the bench does not answer: {error}") from error
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise GraderError(f"the bench refuses {method} {path}: {reply.get('error')}")
        return reply

    def entries(self, after: int, within: float) -> Iterator[dict[str, Any]]:
        """Yield what the stub was told after entry number `after`, as it comes, for `within` seconds."""
        end = time.monotonic() + within
        while True:
            left = max(0.0, end - time.monotonic())
            found = self.ask("POST", "read", after=after, seconds=min(left, _MOST))["entries"]
            yield from found
            if not found and left <= _MOST:
                return
            after = found[-1]["number"] if found else after

    def first(
        self, after: int, within: float, good: Callable[[dict[str, Any]], bool], count: int
    ) -> list[dict[str, Any]]:
        """Return the first `count` good entries, fewer when no more came within `within` seconds."""
        matching: list[dict[str, Any]] = []
        for entry in self.entries(after, within):
            matching += [entry] if good(entry) else []
            if len(matching) >= count:
                break
        return matching
