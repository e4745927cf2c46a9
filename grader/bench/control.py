"""The control API: who may ask, and what each route does."""

from __future__ import annotations

import hmac
import re
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING

from .forwards import Endpoint, Forwards, NoPortError
from .http1 import BadRequestError, Door, Reply, Request
from .modes import ModeError, read_mode
from .rules import RuleError, read_rule

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .stubs import Stubs

    Handler = Callable[["Control", Request, str], Awaitable[Reply]]

REQUEST_SECONDS = 5.0
"""To send a request, and again to take its answer; one that waits for an event says how long itself."""
MAX_WAIT = 60.0
MAX_REQUESTS = 64
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_MAX_PORT = 65535


class Control:
    """Answers control requests of those who know the token; `nonce` tells this bench from others."""

    def __init__(self, token: str, forwards: Forwards, stubs: Stubs) -> None:
        self._token = token
        self.serve = Door(self._answer, REQUEST_SECONDS, MAX_REQUESTS).serve
        self.nonce = secrets.token_hex(8)
        self.forwards = forwards
        self.stubs = stubs

    async def _answer(self, request: Request) -> Reply:
        if not self._allowed(request):
            return Reply({"error": "a bearer token is required"}, HTTPStatus.UNAUTHORIZED)
        try:
            return await self._route(request)
        except (ModeError, RuleError) as error:
            return Reply({"error": str(error)}, HTTPStatus.BAD_REQUEST)
        except NoPortError:
            return Reply({"error": "no port of the pool is free"}, HTTPStatus.CONFLICT)

    def _allowed(self, request: Request) -> bool:
        expected = f"Bearer {self._token}".encode()
        return hmac.compare_digest(request.headers.get("authorization", "").encode(), expected)

    async def _route(self, request: Request) -> Reply:
        collection, name, verb = (*request.path.removeprefix("/").split("/", 2), "", "")[:3]
        handler = ROUTES.get((request.method, collection, verb if name else None))
        if handler is None or (name and not _NAME.fullmatch(name)):
            return Reply({"error": "no such route"}, HTTPStatus.NOT_FOUND)
        return await handler(self, request, name)


async def _health(control: Control, _request: Request, _name: str) -> Reply:
    return Reply({"ok": True, "nonce": control.nonce})


async def _list_forwards(control: Control, _request: Request, _name: str) -> Reply:
    return Reply({"forwards": control.forwards.statistics()})


async def _put_forward(control: Control, request: Request, name: str) -> Reply:
    return Reply({"port": await control.forwards.put(name, _endpoint(request))})


def _endpoint(request: Request) -> Endpoint:
    data = request.json()
    host, port = data.get("host"), data.get("port")
    if not isinstance(host, str) or not host or type(port) is not int or not 0 < port <= _MAX_PORT:
        raise BadRequestError("host must be a name or an address, port a number from 1 to 65535")
    return Endpoint(host, port)


async def _delete_forward(control: Control, _request: Request, name: str) -> Reply:
    if await control.forwards.remove(name):
        return Reply({"ok": True})
    return Reply({"error": "no such forward"}, HTTPStatus.NOT_FOUND)


async def _put_proxy(control: Control, request: Request, name: str) -> Reply:
    return Reply({"port": await control.stubs.proxies.put(name, _endpoint(request))})


async def _list_proxies(control: Control, _request: Request, _name: str) -> Reply:
    return Reply({"proxies": control.stubs.proxies.statistics()})


async def _set_mode(control: Control, request: Request, name: str) -> Reply:
    if await control.stubs.proxies.set_mode(name, read_mode(request.json())):
        return Reply({"ok": True})
    return _nothing(name)


async def _put_sink(control: Control, _request: Request, name: str) -> Reply:
    return Reply({"port": await control.stubs.sink(name)})


async def _put_collector(control: Control, _request: Request, name: str) -> Reply:
    return Reply({"port": await control.stubs.collector(name)})


async def _read_sink(control: Control, request: Request, name: str) -> Reply:
    reply = await _read(control, request, "sinks", name)
    sink = control.stubs.sinks.get(name)
    if sink is None:
        return reply
    seen = {"parallel": sink.parallel, "connections": sink.connections, "begun": sink.begun}
    return Reply({**reply.data, **seen})


async def _read_collector(control: Control, request: Request, name: str) -> Reply:
    return await _read(control, request, "collectors", name)


async def _read(control: Control, request: Request, collection: str, name: str) -> Reply:
    data = request.json()
    after, seconds = data.get("after", 0), data.get("seconds", 0)
    if type(after) is not int or not isinstance(seconds, int | float) or not 0 <= seconds <= MAX_WAIT:
        raise BadRequestError(f"after must be a whole number, seconds from 0 to {MAX_WAIT:g}")
    journal = control.stubs.journal(collection, name)
    if journal is None:
        return _nothing(name)
    return Reply({"entries": await journal.read(after, seconds), "last": journal.last})


async def _add_rule(control: Control, request: Request, name: str) -> Reply:
    rule, sink = read_rule(request.json()), control.stubs.sinks.get(name)
    if sink is None:
        return _nothing(name)
    sink.add(rule)
    return Reply({"ok": True})


async def _hear(control: Control, request: Request, name: str) -> Reply:
    sink = control.stubs.sinks.get(name)
    if sink is None:
        return _nothing(name)
    await sink.hear(on=bool(request.json().get("on")))
    return Reply({"ok": True})


async def _heal(control: Control, _request: Request, name: str) -> Reply:
    sink = control.stubs.sinks.get(name)
    if sink is None:
        return _nothing(name)
    await sink.heal()
    return Reply({"ok": True})


def _nothing(name: str) -> Reply:
    return Reply({"error": f"there is no {name}"}, HTTPStatus.NOT_FOUND)


ROUTES: dict[tuple[str, str, str | None], Handler] = {
    ("GET", "health", None): _health,
    ("GET", "forwards", None): _list_forwards,
    ("PUT", "forwards", ""): _put_forward,
    ("DELETE", "forwards", ""): _delete_forward,
    ("GET", "proxies", None): _list_proxies,
    ("PUT", "proxies", ""): _put_proxy,
    ("PUT", "proxies", "mode"): _set_mode,
    ("PUT", "sinks", ""): _put_sink,
    ("POST", "sinks", "read"): _read_sink,
    ("POST", "sinks", "rule"): _add_rule,
    ("POST", "sinks", "listen"): _hear,
    ("POST", "sinks", "heal"): _heal,
    ("PUT", "collectors", ""): _put_collector,
    ("POST", "collectors", "read"): _read_collector,
}
"""Method, first part of the path, and what follows the name: nothing, a verb, or None without a name."""
