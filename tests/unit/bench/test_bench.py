"""The bench as its users see it: a child process, its control API and its forwards."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import grader.bench
from grader.model.problem import StoppedError
from grader.runtimes.bench_client import BenchClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOKEN = "token-of-this-test"
FOLDER = Path(grader.bench.__file__).parent
RESET = struct.pack("ii", 1, 0)


def start(*arguments: str, token: str = TOKEN) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-I", str(FOLDER), "--outer", "127.0.0.1", "--until-stdin-closes", *arguments]
    return subprocess.Popen(
        command,
        env={"BENCH_TOKEN": token},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def client_of(process: subprocess.Popen[bytes]) -> BenchClient:
    assert process.stdout is not None
    return BenchClient(json.loads(process.stdout.readline())["control"], TOKEN)


@pytest.fixture
def bench() -> Iterator[BenchClient]:
    with start() as process:
        yield client_of(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(5) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[socket.socket], None]], int]]:
    """Return a function that serves connections, one thread each, and returns the port."""
    listeners: list[socket.socket] = []

    def begin(handle: Callable[[socket.socket], None]) -> int:
        listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        listeners.append(listener)
        threading.Thread(target=_accept, args=(listener, handle), daemon=True).start()
        return int(listener.getsockname()[1])

    yield begin
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _accept(listener: socket.socket, handle: Callable[[socket.socket], None]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_handle, args=(connection, handle), daemon=True).start()


def _handle(connection: socket.socket, handle: Callable[[socket.socket], None]) -> None:
    with connection:
        try:
            handle(connection)
        except OSError:
            return


def echo(connection: socket.socket) -> None:
    while data := connection.recv(65536):
        connection.sendall(data)


def count_all(connection: socket.socket) -> None:
    """Answer only after the client's half-close."""
    size = 0
    while data := connection.recv(65536):
        size += len(data)
    connection.sendall(str(size).encode())


def dial(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def eventually(holds: Callable[[], bool], seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
    return True


def read_all(connection: socket.socket) -> bytes:
    chunks = []
    while chunk := connection.recv(65536):
        chunks.append(chunk)
    return b"".join(chunks)


def test_forward_passes_bytes_both_ways(bench, serve):
    port = bench.forward("app", "127.0.0.1", serve(echo))
    with dial(port) as connection:
        connection.sendall(b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n\x00\xff")
        assert connection.recv(100) == b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n\x00\xff"


def test_forward_passes_half_close_on(bench, serve):
    port = bench.forward("app", "127.0.0.1", serve(count_all))
    with dial(port) as connection:
        connection.sendall(b"x" * 3_000_000)
        connection.shutdown(socket.SHUT_WR)
        assert read_all(connection) == b"3000000"


def test_forward_keeps_its_port_when_the_target_changes(bench, serve):
    port = bench.forward("app", "127.0.0.1", serve(count_all))
    assert bench.forward("app", "127.0.0.1", serve(echo)) == port
    with dial(port) as connection:
        connection.sendall(b"to the new one")
        assert connection.recv(100) == b"to the new one"


def test_unreachable_target_resets_the_client(bench):
    with closing(socket.create_server(("127.0.0.1", 0))) as unused:
        target = unused.getsockname()[1]
    port = bench.forward("app", "127.0.0.1", target)
    with pytest.raises(ConnectionResetError), dial(port) as connection:
        connection.recv(1)
    assert bench.forwards()["app"]["refused"] == 1


def test_unknown_host_resets_the_client(bench):
    port = bench.forward("app", "x" * 70 + ".invalid", 80)
    with pytest.raises(ConnectionResetError), dial(port) as connection:
        connection.recv(1)


def test_reset_of_the_target_reaches_the_client(bench, serve):
    def reset(connection: socket.socket) -> None:
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    with dial(bench.forward("app", "127.0.0.1", serve(reset))) as connection:
        connection.sendall(b"x")
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_slow_reader_holds_the_sender_back(bench, serve):
    def send_much(connection: socket.socket) -> None:
        connection.sendall(b"y" * 20_000_000)

    with dial(bench.forward("app", "127.0.0.1", serve(send_much))) as connection:
        assert connection.recv(1) == b"y"
        before = bench.forwards()["app"]["bytes_out"]
        assert before < 20_000_000
        assert len(read_all(connection)) == 20_000_000 - 1


def test_ten_thousand_resets_leave_the_forward_alive(bench, serve):
    port = bench.forward("app", "127.0.0.1", serve(echo))
    for number in range(10_000):
        with contextlib.suppress(ConnectionError), dial(port) as connection:  # over the cap: reset at once
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            connection.send(b"\x16\x03\x01garbage" * (number % 2))
    assert eventually(lambda: bench.forwards()["app"]["open"] == 0)
    with dial(port) as connection:
        connection.sendall(b"still here")
        assert connection.recv(100) == b"still here"


def test_connections_over_the_cap_are_reset_and_others_live(bench, serve):
    port = bench.forward("app", "127.0.0.1", serve(echo))
    other = bench.forward("other", "127.0.0.1", serve(echo))
    held = []
    try:
        refused = 0
        while not refused and len(held) < 1200:
            connection = dial(port)
            held.append(connection)
            try:
                connection.sendall(b"x")
                connection.recv(1)
            except ConnectionError:
                refused = len(held)
        assert refused == 1025
        with dial(other) as connection:
            connection.sendall(b"other")
            assert connection.recv(10) == b"other"
    finally:
        for connection in held:
            connection.close()


def test_removed_forward_resets_and_stops_listening(bench, serve):
    port = bench.forward("app", "127.0.0.1", serve(echo))
    with dial(port) as connection:
        connection.sendall(b"x")
        connection.recv(1)
        bench.remove("app")
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    with pytest.raises(ConnectionRefusedError):
        dial(port)


def test_statistics_count_connections_and_bytes(bench, serve):
    target = serve(echo)
    port = bench.forward("app", "127.0.0.1", target)
    with dial(port) as connection:
        connection.sendall(b"12345")
        connection.recv(5)
        assert bench.forwards()["app"] == {
            "port": port,
            "target": f"127.0.0.1:{target}",
            "open": 1,
            "total": 1,
            "refused": 0,
            "bytes_in": 5,
            "bytes_out": 5,
            "mode": "pass",
        }


def test_wrong_token_is_refused(bench):
    with pytest.raises(StoppedError, match="bearer token"):
        BenchClient(bench.port, "wrong").nonce()


def raw(port: int, text: bytes) -> bytes:
    with dial(port) as connection:
        connection.sendall(text)
        try:
            return read_all(connection)
        except ConnectionResetError:
            return b"reset"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET /health HTTP/1.1\r\nAuthorization\r\n\r\n", b"400"),
        (b"PUT /forwards/a HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b"400"),
        (b"PUT /forwards/a HTTP/1.1\r\nContent-Length: \xb2\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x00\r\n\r\n", b"400"),
        (b"GET /health HTTP/1.1\r\n\r\n", b"401"),
    ],
)
def test_hostile_control_request_is_refused(bench, text, status):
    assert raw(bench.port, text)[9:12] in (status, b"")
    assert bench.nonce()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nothing", None, 404),
        ("GET", "/health/x", None, 404),
        ("DELETE", "/forwards/unknown", None, 404),
        ("PUT", "/forwards/UPPER", '{"host": "a", "port": 1}', 404),
        ("PUT", "/forwards/..%2f", '{"host": "a", "port": 1}', 404),
        ("PUT", "/forwards/a", "[]", 400),
        ("PUT", "/forwards/a", "{", 400),
        ("PUT", "/forwards/a", '{"host": "", "port": 1}', 400),
        ("PUT", "/forwards/a", '{"host": "a", "port": true}', 400),
        ("PUT", "/forwards/a", '{"host": "a", "port": 65536}', 400),
    ],
)
def test_wrong_control_request_is_told_what_is_wrong(bench, method, path, body, status):
    with closing(http.client.HTTPConnection("127.0.0.1", bench.port, timeout=5)) as connection:
        connection.request(method, path, body, {"Authorization": f"Bearer {TOKEN}"})
        response = connection.getresponse()
        assert (response.status, list(json.loads(response.read()))) == (status, ["error"])


def test_pool_bounds_the_forwards(serve):
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    with start("--pool", f"{port}-{port}") as process:
        bench = client_of(process)
        assert bench.forward("one", "127.0.0.1", serve(echo)) == port
        with pytest.raises(StoppedError, match="no port of the pool"):
            bench.forward("two", "127.0.0.1", 1)
        bench.remove("one")
        assert bench.forward("two", "127.0.0.1", 1) == port
        process.terminate()
        assert process.wait(5) == 0


def test_bench_ends_with_its_parent():
    program = (
        "import os, subprocess, sys\n"
        "child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=sys.stdout)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    command = [sys.executable, "-I", str(FOLDER), "--outer", "127.0.0.1", "--until-stdin-closes"]
    parent = subprocess.run(
        [sys.executable, "-c", program, *command],
        env={"BENCH_TOKEN": TOKEN},
        stdout=subprocess.PIPE,
        timeout=10,
        check=False,
    )
    # The pipe's reader got its end of file only because the bench, its last writer, is gone too.
    assert parent.returncode == -9


@pytest.mark.parametrize(
    "arguments",
    [[], ["--outer", "127.0.0.1", "--pool", "5-1"], ["--outer", "no.such.host.invalid"]],
)
def test_wrong_arguments_are_refused(arguments):
    command = [sys.executable, "-I", str(FOLDER), *arguments]
    done = subprocess.run(command, env={"BENCH_TOKEN": TOKEN}, capture_output=True, timeout=10, check=False)
    assert done.returncode == 2


def test_missing_token_is_refused():
    command = [sys.executable, "-I", str(FOLDER), "--outer", "127.0.0.1"]
    done = subprocess.run(command, env={}, capture_output=True, timeout=10, check=False)
    assert (done.returncode, done.stderr.strip()) == (2, b"BENCH_TOKEN is not set")


def test_network_gives_the_own_address():
    command = [sys.executable, "-I", str(FOLDER), "--outer-network-of", "127.0.0.0/8", "--until-stdin-closes"]
    done = subprocess.run(
        command,
        env={"BENCH_TOKEN": TOKEN},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=10,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
