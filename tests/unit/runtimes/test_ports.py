"""Ports that two runs never share."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from grader.runtimes.process import ports

FIRST = 11000


@pytest.fixture
def block():
    """A block of four ports, of a range that nothing else uses."""
    taken = ports.taken_block(FIRST, FIRST + 400, 5)
    yield taken
    taken.release()


def test_block_belongs_to_one_run(block):
    """Another process that wants this very block is told that it is held, and gets it once it is free."""
    wanted = (
        f"from grader.runtimes.process import ports; ports.taken_block({block.first}, {block.first + 5}, 5)"
    )

    def ask():
        return subprocess.run([sys.executable, "-c", wanted], capture_output=True, text=True, check=False)

    assert "is held" in ask().stderr
    block.release()
    assert ask().returncode == 0


def test_port_is_given_once(block):
    """A port whose app is still starting, or is down for a restart, is not given to the next one."""
    given = [block.next_free() for _ in range(4)]
    assert given == list(range(block.first + 1, block.first + 5))
    assert block.next_free() is None
    assert block.next_free(again=0.0) == given[0]


def test_port_in_use_is_passed_over(block):
    """Also when all are in use."""
    with socket.create_server(("127.0.0.1", block.first + 1)):
        assert block.next_free() == block.first + 2
    servers = [socket.create_server(("127.0.0.1", block.first + n)) for n in range(1, 5)]
    assert block.next_free() is None
    for server in servers:
        server.close()


def test_free_port_can_be_listened_on():
    """Many more than one block holds."""
    servers = [socket.create_server(("127.0.0.1", ports.free_port())) for _ in range(90)]
    assert len({server.getsockname()[1] for server in servers}) == 90
    for server in servers:
        server.close()
