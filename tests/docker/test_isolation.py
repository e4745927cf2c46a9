"""What an app in a container sees, may do, and can reach: itself and its services, nothing else."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from grader.runtimes.docker.names import RUN

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def run(tmp_path_factory, source):
    """One started run for all tests of this file, which only look."""
    from grader.runtimes.base import RunContext  # noqa: PLC0415
    from grader.runtimes.docker import DockerRuntime  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("run")
    runtime = DockerRuntime(RunContext(id="1501a7e", folder=folder, cache=folder, seed=1))
    try:
        instance = runtime.start(runtime.build(source), ["postgres"], {"DATABASE_URL": "{postgres}"})
        yield runtime, instance
    finally:
        runtime.close()


@pytest.fixture(scope="module")
def ask(run):
    """Return a function that has the app do something and gives its answer."""
    with httpx.Client(base_url=run[1].url, timeout=15, trust_env=False) as client:

        def asked(deed: str, **query: object) -> str:
            response = client.get(f"/{deed}", params=query, headers={"connection": "close"})
            return response.text

        yield asked


@contextmanager
def listener() -> Iterator[tuple[int, list[object]]]:
    """Listen on all addresses of this machine; give the port and who came."""
    came: list[object] = []
    with socket.create_server(("0.0.0.0", 0)) as server:
        server.settimeout(0.2)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    connection, peer = server.accept()
                except TimeoutError:
                    continue
                came.append(peer)
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1], came
        finally:
            over.set()
            thread.join()


def networks(engine) -> dict[str, dict]:
    found = engine.networks(f"{RUN}=1501a7e")
    return {one["Name"].rsplit("-", 1)[1]: one for one in found}


def container(engine, role: str) -> dict:
    found = engine.containers(f"grader.role={role}")
    ours = [
        one["Id"] for one in found if one["Labels"][RUN] == "1501a7e" and "scripts" not in one["Names"][0]
    ]
    return engine.inspect(ours[0])


def gateway(network: dict) -> str:
    """Return the address that a network's bridge has, or would have."""
    return network["IPAM"]["Config"][0].get("Gateway") or network["IPAM"]["Config"][0]["Subnet"].replace(
        ".0/26", ".1"
    )


def test_app_is_no_superuser_and_cannot_become_one(ask):
    status = dict(
        line.split(":\t", 1) for line in ask("read", path="/proc/self/status").splitlines() if ":\t" in line
    )
    assert ask("whoami") == "1000:1000"
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}


def test_root_is_read_only_and_tmp_is_not(ask):
    assert ask("write", path="/app/x") == "EROFS"
    assert ask("write", path="/x") in ("EROFS", "EACCES")
    assert ask("write", path="/tmp/x") == "written"


def test_nothing_of_the_host_is_mounted(ask, engine):
    assert container(engine, "app")["Mounts"] == []
    assert ask("read", path="/var/run/docker.sock") in ("ENOENT", "EACCES")


def test_limits_are_set(engine):
    host = container(engine, "app")["HostConfig"]
    assert (host["Memory"], host["MemorySwap"], host["PidsLimit"]) == (512 << 20, 512 << 20, 128)
    assert (host["Privileged"], host["CapAdd"], host["Binds"], host["Devices"] or []) == (
        False,
        None,
        None,
        [],
    )


def test_app_has_no_way_out(ask, engine):
    """A listener in a network of its own plays the rest of the world."""
    with listener() as (port, came):
        for network in networks(engine).values():
            assert ask("connect", host=gateway(network), port=port) != "connected"
        for host in ("172.17.0.1", "host.docker.internal", "gateway.docker.internal"):
            assert ask("connect", host=host, port=port) != "connected"
        assert came == []


def test_app_cannot_reach_another_run(ask, source, new_runtime):
    other = new_runtime()
    other.start(other.build(source), [], {})
    address = other._instances["app"].addresses["web"]
    assert ask("connect", host=address, port=3000) != "connected"


def test_app_cannot_reach_the_benchs_controls(ask, engine):
    found = container(engine, "bench")["NetworkSettings"]["Networks"]
    for where in found.values():
        assert ask("connect", host=where["IPAddress"], port=9000) != "connected"
        assert ask("connect", host=where["IPAddress"], port=9001) != "connected"


def test_app_reaches_its_database(ask):
    assert ask("connect", host="postgres", port=5432) == "connected"


def test_foreign_names_are_refused_soon(ask):
    began = time.monotonic()
    assert ask("lookup", name="grader-canary.invalid") in ("EAI_AGAIN", "ENOTFOUND")
    assert time.monotonic() - began < 5


def test_app_has_no_ipv6_address_beyond_its_own(ask):
    found = ask("read", path="/proc/net/if_inet6")
    assert [line for line in found.splitlines() if line.split()[-1] != "lo"] in ([], ["ENOENT"])


def test_ports_are_published_on_loopback_only(engine):
    published = container(engine, "bench")["NetworkSettings"]["Ports"]
    assert {bound["HostIp"] for bounds in published.values() for bound in bounds} == {"127.0.0.1"}
    assert not any(container(engine, "app")["NetworkSettings"]["Ports"].values())


def test_app_knows_no_secret_of_the_grader(run, ask):
    environment = ask("read", path="/proc/self/environ").split("\0")
    admin = run[1].services["postgres"].split(":")[2].split("@")[0]
    assert not any(admin in one or "BENCH_TOKEN" in one for one in environment)
    assert json.dumps(run[1].env).count(admin) == 0
