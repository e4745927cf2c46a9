"""Which subnets are chosen, and what /proc tells about sockets and routes."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from grader.runtimes.diagnosis import Listening
from grader.runtimes.docker.listening import parse
from grader.runtimes.docker.subnets import Addresses, candidates, pool, routed

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
ROUTES = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0
tun0\t0000D50A\t00000000\t0001\t0\t0\t0\t00F8FFFF\t0\t0\t0
"""


def row(address: str, state: str = "0A") -> str:
    return f"   0: {address} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000  1000 0 1 1 0 1\n"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("0100007F:0BB8", Listening(address="127.0.0.1", port=3000)),
        ("00000000:1F90", Listening(address="0.0.0.0", port=8080)),
        ("00000000000000000000000000000000:0BB8", Listening(address="::", port=3000)),
        ("00000000000000000000000001000000:0BB8", Listening(address="::1", port=3000)),
        ("0000000000000000FFFF00000100007F:0BB8", Listening(address="127.0.0.1", port=3000)),
    ],
)
def test_listening_sockets_are_read(address, expected):
    assert parse(HEAD + row(address)) == (expected,)


def test_connections_and_the_name_server_do_not_count():
    assert parse(HEAD + row("0100007F:0BB8", "01") + row("0B00007F:8A11")) == ()


@pytest.mark.parametrize(
    "text", ["", HEAD, "garbage", "a b c 0A", row("xyz:0BB8"), row("0100007F"), row("01:zz")]
)
def test_garbage_is_skipped(text):
    assert parse(text) == ()


def test_loopback_is_known():
    assert [Listening(address=one, port=1).loopback for one in ("127.0.0.1", "::1", "0.0.0.0", "::")] == [
        True,
        True,
        False,
        False,
    ]


def test_routes_of_the_machine_are_read():
    assert routed(ROUTES) == (IPv4Network("10.213.0.0/21"),)


def test_garbage_in_the_route_table_is_skipped():
    assert routed("head\na b c d e f g h\n\nx") == ()


def test_candidates_avoid_what_is_routed():
    avoid = IPv4Network("10.213.0.0/17")
    found = list(candidates(pool({}), [avoid], "run"))
    assert len(found) == 512
    assert not any(subnet.overlaps(avoid) for subnet in found)


def test_candidates_differ_between_runs_and_repeat_within_one():
    first, second = (list(candidates(pool({}), [], seed)) for seed in ("a", "b"))
    assert first != second
    assert first == list(candidates(pool({}), [], "a"))


def test_pool_is_the_users_choice():
    assert pool({"GRADER_DOCKER_POOL": "10.77.0.0/20"}) == IPv4Network("10.77.0.0/20")


@pytest.mark.parametrize("text", ["10.0.0.0/28", "10.0.0.1/8", "x"])
def test_bad_pools_are_refused(text):
    with pytest.raises(ValueError):
        pool({"GRADER_DOCKER_POOL": text})


def test_addresses_are_handed_out_once_and_never_the_gateway():
    addresses = Addresses(IPv4Network("10.213.0.0/29"))
    taken = [addresses.take() for _ in range(5)]
    assert taken == [f"10.213.0.{n}" for n in range(2, 7)]
    addresses.give_back("10.213.0.3")
    assert addresses.take() == "10.213.0.3"
