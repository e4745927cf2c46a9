"""socket.io as its Python library speaks it, made fit for grading.

The library hands each message to a thread of its own, which loses their order, and lets what a service sent
wrong end such a thread with a traceback. Here everything is handled in order, and faults are kept.
It also forgets to say goodbye by polling while it still waits for the answer to what it said before.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import engineio
import requests
import socketio

if TYPE_CHECKING:
    from collections.abc import Callable

# Of its own accord the library takes 16 messages in one answer of polling; any number is right.
engineio.payload.Payload.max_decode_packets = 10_000

BROKEN = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)
"""What the library runs into where bytes are no engine.io or socket.io."""


class _InOrder(engineio.Client):  # type: ignore[misc]
    """Calls handlers one after the other, survives what they run into, and always says goodbye."""

    def disconnect(self, abort: bool = False, reason: str | None = None) -> None:  # noqa: FBT001, FBT002
        """Disconnect once everything was said: what is unsent when the state changes is never sent."""
        if self.state == "connected":
            with self.queue.all_tasks_done:
                self.queue.all_tasks_done.wait_for(
                    lambda: not self.queue.unfinished_tasks or self.write_loop_task is None,
                    timeout=self.request_timeout,
                )
        super().disconnect(abort, reason)

    def _trigger_event(self, event: str, *args: Any, **kwargs: Any) -> Any:
        kwargs["run_async"] = False
        return super()._trigger_event(event, *args, **kwargs)

    def start_background_task(
        self, target: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> threading.Thread:
        def run() -> None:
            try:
                target(*args, **kwargs)
            except (*BROKEN, OSError, engineio.exceptions.EngineIOError):
                # Nobody reads on, so nothing can follow: as if the connection had ended.
                self.handlers["disconnect"](self.reason.TRANSPORT_ERROR)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread


class _Client(socketio.Client):  # type: ignore[misc]
    def _engineio_client_class(self) -> type[_InOrder]:
        return _InOrder


def make(*, seconds: float, reconnects: bool) -> Any:
    """Return a client that is not connected yet; its requests take at most `seconds` each."""
    session = requests.Session()
    session.trust_env = False
    client = _Client(
        reconnection=reconnects,
        reconnection_delay=0.2,
        reconnection_delay_max=1,
        handle_sigint=False,
        request_timeout=seconds,
        http_session=session,
        logger=False,
        engineio_logger=False,
    )
    client.eio.logger.disabled = client.logger.disabled = True
    return client


ConnectionFailedError = socketio.exceptions.ConnectionError
GoneError = socketio.exceptions.BadNamespaceError
