"""A socket.io server in this process, for tests of the client: it does what its handlers are told to."""

from __future__ import annotations

import contextlib
import threading
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

import socketio

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: Any) -> None:
        """Say nothing of clients that vanish."""


class _Handler(ServerHandler):
    http_version = "1.0"

    def log_exception(self, *_: Any) -> None:
        """Say nothing of clients that vanish."""


class _Requests(WSGIRequestHandler):
    def handle(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            return
        environment = self.get_environ()
        # Where simple-websocket looks for the connection to take over.
        environment["werkzeug.socket"] = self.connection
        for name, value in self.headers.items():
            environment.setdefault("HTTP_" + name.upper().replace("-", "_"), value)
        handler = _Handler(self.rfile, self.wfile, self.get_stderr(), environment, multithread=True)
        handler.request_handler = self
        handler.run(self.server.get_app())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(server: socketio.Server) -> Iterator[str]:
    """Serve on a free port of this machine; give the URL."""
    http = _Server(("127.0.0.1", 0), _Requests)
    http.set_app(socketio.WSGIApp(server))
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}"
    finally:
        http.shutdown()
        http.server_close()


def taking(token: str) -> socketio.Server:
    """Return a server that lets in who brings the token, echoes `echo` and says `count` a number of times."""
    server = socketio.Server(async_mode="threading", logger=False, engineio_logger=False)

    @server.on("connect")
    def connect(_sid: str, _environ: object, auth: dict[str, Any] | None = None) -> None:
        if (auth or {}).get("token") != token:
            raise socketio.exceptions.ConnectionRefusedError("unauthorized")

    @server.on("echo")
    def echo(_sid: str, body: object) -> object:
        return body

    @server.on("count")
    def count(sid: str, body: dict[str, int]) -> None:
        for number in range(body["times"]):
            server.emit("number", {"number": number}, to=sid)

    @server.on("goodbye")
    def goodbye(sid: str, _body: object) -> None:
        server.disconnect(sid)

    return server
