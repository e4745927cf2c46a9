"""The socket.io clients checks use: synchronous, bounded in time and bytes, with what they received.

A module of its own for exercises that require `socketio`: nothing else imports the library.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grader.kit import socketio_client, values
from grader.kit.relay import LIMIT, Relay
from grader.kit.shown import clipped
from grader.kit.values import JsonObject
from grader.kit.verdicts import BlockedError, UnmetError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DEADLINE = 10.0
"""Seconds for a connection or an answer, unless a check says otherwise."""

MESSAGES = 5000
"""Messages that one client keeps; those after it are only counted."""

WEBSOCKET, POLLING = "websocket", "polling"


@dataclass(frozen=True)
class Message:
    """One event from the service: its first argument as JSON, and when it came (`time.monotonic()`)."""

    event: str
    body: Any
    at: float


class Socket:
    """One client, named for the texts of failures. `messages` are those it received, in order."""

    def __init__(self, base: str, name: str, *, reconnects: bool) -> None:
        self.name = name
        self.messages: list[Message] = []
        self._refusal: object = None
        self._fault: UnmetError | None = None
        self._dropped = 0
        self._news = threading.Condition()
        self._ended = False
        self._relay = Relay(base)
        self._client = socketio_client.make(seconds=DEADLINE, reconnects=reconnects)
        self._client.on("connect", self._connected)
        self._client.on("connect_error", self._refused)
        self._client.on("disconnect", self._disconnected)
        self._client.on("*", self._received)

    def connect(self, auth: object, transports: Sequence[str], origin: str | None = None) -> str | None:
        """Connect; return None, or what the service or the library said against it."""
        headers = {"Origin": origin} if origin else {}
        try:
            self._client.connect(
                self._relay.url,
                headers=headers,
                auth=auth,
                transports=list(transports),
                wait_timeout=DEADLINE,
            )
        except socketio_client.ConnectionFailedError as error:
            return _reason(self._refusal) or str(error) or "no answer"
        except socketio_client.BROKEN as error:
            return f"an answer that is no socket.io ({type(error).__name__}: {error})"
        return None

    @property
    def transport(self) -> str:
        """The transport at this moment: `websocket` or `polling`."""
        return str(self._client.transport()) if self._client.connected else "none"

    @property
    def connected(self) -> bool:
        """Whether the connection stands."""
        return not self._ended

    def call(self, event: str, *arguments: Any, within: float = DEADLINE) -> JsonObject:
        """Send an event and return its acknowledgement, which has to be one JSON object."""
        answered = threading.Event()
        answers: list[tuple[Any, ...]] = []

        def acknowledge(*values_: Any) -> None:
            answers.append(values_)
            answered.set()

        self._emit(event, arguments, acknowledge)
        if not answered.wait(within):
            raise UnmetError(
                f"{self._sent(event, arguments)} is acknowledged.",
                expected=f"an acknowledgement within {within:g} s",
                actual="the connection ended" if self._ended else "none",
            )
        value = _json(answers[0][0] if answers[0] else None)
        if not isinstance(value, JsonObject):
            raise UnmetError(
                f"The acknowledgement of {self._sent(event, arguments)} is a JSON object.",
                expected="a JSON object",
                actual=values.dump(value),
            )
        return value

    def tell(self, event: str, *arguments: Any) -> None:
        """Send an event without asking for an acknowledgement."""
        self._emit(event, arguments, None)

    def got(self, event: str, where: Callable[[JsonObject], bool] = bool) -> list[JsonObject]:
        """Return the bodies of this event so far, of those that `where` accepts."""
        self._sound()
        bodies = [message.body for message in list(self.messages) if message.event == event]
        for body in bodies:
            if not isinstance(body, JsonObject):
                raise UnmetError(
                    f"The message `{event}` carries one JSON object.",
                    expected="a JSON object",
                    actual=values.dump(body),
                )
        return [body for body in bodies if where(body)]

    def awaits(
        self,
        event: str,
        why: str,
        *,
        where: Callable[[JsonObject], bool] = bool,
        within: float = 5.0,
    ) -> JsonObject:
        """Return the first such message, waiting at most `within` seconds; `why` is what fails without it."""
        return self.awaits_all(event, 1, why, where=where, within=within)[0]

    def awaits_all(
        self,
        event: str,
        count: int,
        why: str,
        *,
        where: Callable[[JsonObject], bool] = bool,
        within: float = 5.0,
    ) -> list[JsonObject]:
        """Return such messages as soon as there are `count`, waiting at most `within` seconds."""
        deadline = time.monotonic() + within
        with self._news:
            while len(found := self.got(event, where)) < count:
                left = deadline - time.monotonic()
                if left <= 0 or self._ended:
                    self._sound()
                    raise UnmetError(
                        why,
                        expected=f"{self.name} receives `{event}`{f' {count} times' if count > 1 else ''}"
                        f" within {within:g} s",
                        actual=self._came(found),
                    )
                self._news.wait(left)
        return found

    def ends(self, why: str, *, within: float) -> float:
        """Wait until the service ends the connection; return the instant, as `time.monotonic()`."""
        deadline = time.monotonic() + within
        with self._news:
            while not self._ended:
                left = deadline - time.monotonic()
                if left <= 0:
                    wanted = f"the connection of {self.name} ends within {within:.0f} s"
                    raise UnmetError(why, expected=wanted, actual="it still stands")
                self._news.wait(left)
        return time.monotonic()

    def returns(self, why: str, *, within: float) -> None:
        """Wait until a client that reconnects by itself is connected again."""
        deadline = time.monotonic() + within
        with self._news:
            while self._ended or not self._client.connected:
                left = deadline - time.monotonic()
                if left <= 0:
                    wanted = f"{self.name} is connected again within {within:.0f} s"
                    raise UnmetError(why, expected=wanted, actual="no connection")
                self._news.wait(min(left, 0.1))

    def holds_back(self) -> None:
        """Stop reading, as a client does that has frozen, while the connection stays open."""
        self._relay.hold()

    def cut(self) -> None:
        """Vanish without a word: the TCP connections are reset, and nothing follows."""
        self._relay.close()

    def leave(self) -> None:
        """Disconnect as the protocol says. May be called twice."""
        goodbye = threading.Thread(target=self._goodbye, daemon=True)
        goodbye.start()
        goodbye.join(DEADLINE)

    def close(self) -> None:
        """End everything, whatever state it is in; nothing is waited for long."""
        self._client.reconnection = False
        if self._client.connected:
            goodbye = threading.Thread(target=self._goodbye, daemon=True)
            goodbye.start()
            goodbye.join(0.2)
        if self._client._reconnect_abort is not None:  # noqa: SLF001 - `shutdown` waits for its thread
            self._client._reconnect_abort.set()  # noqa: SLF001
        self._relay.close()

    def _goodbye(self) -> None:
        with contextlib.suppress(*socketio_client.BROKEN, OSError, socketio_client.ConnectionFailedError):
            self._client.disconnect()

    def _emit(self, event: str, arguments: tuple[Any, ...], callback: Callable[..., None] | None) -> None:
        try:
            self._client.emit(event, arguments, callback=callback)
        except socketio_client.GoneError:
            raise UnmetError(
                f"{self.name} sends `{event}` over a connection that stands.",
                expected="a connection that is still open",
                actual="the service has ended it",
            ) from None

    def _connected(self) -> None:
        with self._news:
            self._ended = False
            self._news.notify_all()

    def _refused(self, data: object = None) -> None:
        self._refusal = data

    def _disconnected(self, _reason: object = None) -> None:
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _received(self, event: str, *arguments: Any) -> None:
        with self._news:
            try:
                body = _json(arguments[0] if arguments else None)
            except UnmetError as error:
                self._fault = self._fault or error
            else:
                self._keep(Message(event, body, time.monotonic()))
            self._news.notify_all()

    def _keep(self, message: Message) -> None:
        if len(self.messages) < MESSAGES:
            self.messages.append(message)
        else:
            self._dropped += 1

    def _sound(self) -> None:
        if self._fault:
            raise self._fault
        if self._dropped or self._relay.flooded:
            raise UnmetError(
                f"{self.name} receives far more than there is to tell.",
                expected=f"at most {MESSAGES} messages and {LIMIT >> 20} MiB",
                actual="more",
            )

    def _came(self, found: list[JsonObject]) -> str:
        ended = "; the connection has ended" if self._ended else ""
        if found:
            return f"{len(found)} of them{ended}"
        last = self.messages[-3:]
        rest = len(self.messages) - len(last)
        shown = ", ".join(f"{message.event} {clipped(values.dump(message.body), 300)}" for message in last)
        return (f"{f'{rest} others, then ' if rest else ''}{shown}" if shown else "no message") + ended

    def _sent(self, event: str, arguments: tuple[Any, ...]) -> str:
        shown = ", ".join(values.dump(each) for each in arguments)
        return f"`{event}` of {self.name} with {clipped(shown, 300) or 'nothing'}"


@dataclass
class Sockets:
    """Makes clients of one service, and closes them with the check."""

    base: str
    made: list[Socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.base.startswith("http://"):
            raise BlockedError(f"sockets are graded over plain http, and this service is at {self.base}")

    def at(self, base: str) -> Sockets:
        """Return the same for another instance of the service; both are closed together."""
        return Sockets(base, self.made)

    def opens(
        self,
        auth: object,
        name: str = "A client",
        *,
        transports: Sequence[str] = (WEBSOCKET,),
        reconnects: bool = False,
    ) -> Socket:
        """Return a connected client. Raises `UnmetError` where the service does not take it."""
        socket = self._new(name, reconnects=reconnects)
        refusal = socket.connect(auth, transports)
        if refusal is not None:
            raise UnmetError(
                f"{name} connects to socket.io by {' and '.join(transports)}.",
                expected="a connection to the namespace `/`",
                actual=refusal,
            )
        return socket

    def refused(self, auth: object, why: str, *, transports: Sequence[str] = (WEBSOCKET,)) -> str:
        """Expect that nobody gets in with this; return the message of the `connect_error`."""
        socket = self._new("A client", reconnects=False)
        refusal = socket.connect(auth, transports)
        if refusal is None:
            raise UnmetError(why, expected="a connect_error", actual="a connection")
        return refusal

    def close(self) -> None:
        """Close all clients."""
        for socket in self.made:
            socket.close()

    def _new(self, name: str, *, reconnects: bool) -> Socket:
        socket = Socket(self.base, name, reconnects=reconnects)
        self.made.append(socket)
        return socket


def _reason(refusal: object) -> str:
    """Return the words of a connect_error: socket.io sends an object, transports fail with a text."""
    if isinstance(refusal, dict):
        return str(refusal.get("message", values.dump(refusal)))
    return "" if refusal is None else str(refusal)


def _json(value: object) -> Any:
    """Return what a message carries as JSON; objects come as `JsonObject`."""
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise UnmetError(
            "The messages of this service are JSON.", expected="JSON", actual=ascii(value)[:200]
        ) from None
    return values.parse(text.encode())
