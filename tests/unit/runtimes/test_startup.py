"""Starting refuses to grade a stranger, and PostgreSQL's user must reach its files."""

from __future__ import annotations

import http.server
import os
import threading
from typing import TYPE_CHECKING

import psutil
import pytest

from grader.model.problem import Blame, StoppedError
from grader.runtimes.process.output import Output
from grader.runtimes.process.postgres import require_searchable
from grader.runtimes.process.startup import Startup

if TYPE_CHECKING:
    from collections.abc import Iterator


class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        """Keep quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a healthy server that this process runs."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Healthy) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def startup(port: int, members: list[psutil.Process]) -> Startup:
    return Startup(
        children={},
        output=Output(),
        find=lambda: members,
        door=port,
        port=port,
        port_variable="PORT",
        health="/healthz",
        seconds=3,
        env={},
    )


def test_own_server_is_accepted(port):
    startup(port, [psutil.Process()]).wait()


def test_older_server_on_the_port_is_not_graded(port):
    with pytest.raises(
        StoppedError, match=rf"port {port}.* belongs to another program: .*{os.getpid()}"
    ) as caught:
        startup(port, []).wait()
    assert caught.value.problem.blame is Blame.OURS


def test_folder_closed_to_others_is_named_for_root(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    closed = tmp_path / "closed"
    (closed / "cache").mkdir(parents=True)
    tmp_path.chmod(0o755)
    closed.chmod(0o700)
    with pytest.raises(StoppedError) as caught:
        require_searchable(closed / "cache")
    problem = caught.value.problem
    assert problem.blame is Blame.MISSING
    assert f"chmod o+x {closed}`" in problem.remedy
