"""The container options, key by key: whoever loosens one has to change this file too."""

from __future__ import annotations

from docker.types import LogConfig, Ulimit

from grader.runtimes.docker.instances import QUIET, USER
from grader.runtimes.docker.options import NEUTRAL_ENV, Shape, container, host_config

MIB = 1 << 20
SHAPE = Shape(
    image="sha256:1",
    command=["bash", "-c", "node server.js"],
    name="grader-feed-app",
    hostname="app",
    labels={"grader.run": "feed"},
    image_labels=["theirs"],
    network="grader-feed-inner",
    address="10.213.0.5",
    user=USER,
    environment={"PORT": "3000"},
    hosts={"postgres": "10.213.0.4"},
    volumes=["/data"],
    ports=[9000],
)


def test_host_configuration_is_exactly_this():
    assert host_config(SHAPE) == {
        "network_mode": "grader-feed-inner",
        "read_only": True,
        "tmpfs": {
            "/tmp": "rw,nosuid,nodev,noexec,size=64m,nr_inodes=10k,mode=1777",
            "/data": "rw,nosuid,nodev,noexec,size=16m,nr_inodes=10k,mode=1777",
        },
        "cap_drop": ["ALL"],
        "privileged": False,
        "security_opt": ["no-new-privileges:true"],
        "init": True,
        "mem_limit": 512 * MIB,
        "memswap_limit": 512 * MIB,
        "nano_cpus": 2_000_000_000,
        "pids_limit": 128,
        "oom_score_adj": 500,
        "shm_size": 64 * MIB,
        "ipc_mode": "private",
        "ulimits": [
            Ulimit(name="nofile", soft=1024, hard=1024),
            Ulimit(name="core", soft=0, hard=0),
            Ulimit(name="fsize", soft=256 * MIB, hard=256 * MIB),
        ],
        "log_config": LogConfig(
            type="local", config={"max-size": "1m", "max-file": "2", "compress": "false"}
        ),
        "restart_policy": {"Name": "no"},
        "dns": ["127.0.0.1"],
        "dns_opt": ["timeout:1", "attempts:1"],
        "extra_hosts": {"postgres": "10.213.0.4"},
        "port_bindings": {"9000/tcp": ("127.0.0.1", None)},
    }


def test_container_configuration_is_exactly_this():
    assert container(SHAPE) == {
        "image": "sha256:1",
        "entrypoint": ["bash"],
        "command": ["-c", "node server.js"],
        "name": "grader-feed-app",
        "hostname": "app",
        "labels": {"theirs": "", "grader.run": "feed"},
        "user": "1000:1000",
        "environment": {**NEUTRAL_ENV, "PORT": "3000"},
        "ports": [9000],
        "healthcheck": {"test": ["NONE"]},
        "stop_signal": "SIGTERM",
        "stdin_open": False,
        "tty": False,
        "detach": True,
        "use_config_proxy": False,
    }


def test_inherited_variables_are_blanked():
    assert NEUTRAL_ENV == {
        "NODE_OPTIONS": "",
        "NODE_EXTRA_CA_CERTS": "",
        "LD_PRELOAD": "",
        "HTTP_PROXY": "",
        "HTTPS_PROXY": "",
        "NO_PROXY": "",
        "http_proxy": "",
        "https_proxy": "",
        "no_proxy": "",
    }


def test_process_managers_find_a_writable_home():
    assert QUIET["PM2_HOME"].startswith("/tmp/")
    assert QUIET["npm_config_cache"].startswith("/tmp/")


def test_only_published_ports_are_bound_and_only_to_loopback():
    bindings = host_config(SHAPE)["port_bindings"]
    assert {host for host, _port in bindings.values()} == {"127.0.0.1"}
