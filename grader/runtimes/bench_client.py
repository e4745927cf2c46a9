"""Talks to a bench's control API from the grader's side."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.model.problem import Blame, StoppedError, stopped

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECONDS = 5.0


def no_proxy(dependency: str) -> StoppedError:
    """Return what stops a fault on a service that no proxy stands before."""
    return stopped(
        Blame.OURS,
        "suite",
        f"no fault proxy stands before `{dependency}`",
        "name it in `faults` of exercise.toml",
    )


@dataclass(frozen=True)
class BenchClient:
    """The control API of the bench on `port` of this machine; all methods raise `StoppedError` (ours)."""

    port: int
    token: str

    @property
    def url(self) -> str:
        """The control API's address, as a `Target` names it."""
        return f"http://127.0.0.1:{self.port}"

    def nonce(self) -> str:
        """Return the nonce by which the bench names itself; it printed the same on its ready line."""
        return str(self._call("GET", "/health")["nonce"])

    def forward(self, name: str, host: str, port: int) -> int:
        """Lead the forward `name` to a target and return the port it listens on."""
        return int(self._call("PUT", f"/forwards/{name}", {"host": host, "port": port})["port"])

    def remove(self, name: str) -> None:
        """Close a forward."""
        self._call("DELETE", f"/forwards/{name}")

    def forwards(self) -> dict[str, dict[str, Any]]:
        """Return the counters of every forward by name."""
        return dict(self._call("GET", "/forwards")["forwards"])

    def proxy(self, name: str, host: str, port: int) -> int:
        """Put a fault proxy before a target; return the port it listens on, where the app reaches it."""
        return int(self._call("PUT", f"/proxies/{name}", {"host": host, "port": port})["port"])

    def fault(self, name: str, mode: str | None, options: Mapping[str, Any]) -> dict[str, Any]:
        """Set a proxy's mode, if one is given; return its counters as the power `fault` does."""
        if mode is not None:
            self._call("PUT", f"/proxies/{name}/mode", {"mode": mode, **options})
        seen = self._call("GET", "/proxies")["proxies"][name]
        return {
            "connections": seen["total"],
            "open": seen["open"],
            "refused": seen["refused"],
            "bytes_up": seen["bytes_in"],
            "bytes_down": seen["bytes_out"],
            "mode": seen["mode"],
        }

    def stub(self, collection: str, name: str) -> int:
        """Make a stub (`sinks`, `collectors`); return the port it listens on, where the app reaches it."""
        return int(self._call("PUT", f"/{collection}/{name}")["port"])

    def admin(self, collection: str, name: str) -> str:
        """Return the address by which a check asks a stub, with the token as its password."""
        return f"http://bench:{self.token}@127.0.0.1:{self.port}/{collection}/{name}"

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_SECONDS)
        try:
            headers = {"Authorization": f"Bearer {self.token}"}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            reply: dict[str, Any] = json.loads(response.read())
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise stopped(Blame.OURS, "bench", f"the bench does not answer: {error}") from error
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise stopped(Blame.OURS, "bench", f"the bench refuses {method} {path}: {reply.get('error')}")
        return reply
