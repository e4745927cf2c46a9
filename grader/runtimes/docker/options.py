"""The options every container of ours is created with.

Measured: without any one of these an app can write the host's disk full, reach the host's services,
gain rights, or hang the grader. A test holds them key by key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MIB = 1 << 20
DEAD_DNS = "127.0.0.1"
"""Nothing answers there: names other than our own are never asked of the outside."""

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
NEUTRAL_ENV = dict.fromkeys(("NODE_OPTIONS", "NODE_EXTRA_CA_CERTS", "LD_PRELOAD", *_PROXIES), "")
"""What an image may have set for itself, and an app must not inherit."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What differs between our containers.

    `address` is the static one on `network`; `hosts` maps names to addresses; `tmpfs` maps folders to
    MiB; `ports` are published on 127.0.0.1, each at a port the kernel picks; `volumes` are the image's
    own, which would else be folders of the host, writable and unbounded; `memory` is MiB.
    """

    image: str
    command: Sequence[str]
    name: str
    hostname: str
    labels: Mapping[str, str]
    network: str
    address: str
    user: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)
    tmpfs: Mapping[str, int] = field(default_factory=lambda: {"/tmp": 64})  # noqa: S108 - inside
    volumes: Sequence[str] = ()
    ports: Sequence[int] = ()
    memory: int = 512
    cpus: int = 2
    pids: int = 128
    files: int = 1024
    image_labels: Sequence[str] = ()


def host_config(shape: Shape) -> dict[str, Any]:
    """Return the keyword arguments of `create_host_config`; no binds, devices, capabilities, ever."""
    from docker.types import LogConfig, Ulimit  # noqa: PLC0415 - costs 130 ms, and may not be needed

    return {
        "network_mode": shape.network,
        "read_only": True,
        "tmpfs": _tmpfs(shape),
        "cap_drop": ["ALL"],
        "privileged": False,
        "security_opt": ["no-new-privileges:true"],
        "init": True,
        "mem_limit": shape.memory * MIB,
        "memswap_limit": shape.memory * MIB,  # equal: no swap
        "nano_cpus": shape.cpus * 10**9,
        "pids_limit": shape.pids,
        "oom_score_adj": 500,
        "shm_size": 64 * MIB,
        "ipc_mode": "private",
        "ulimits": [
            Ulimit(name="nofile", soft=shape.files, hard=shape.files),
            Ulimit(name="core", soft=0, hard=0),
            Ulimit(name="fsize", soft=256 * MIB, hard=256 * MIB),
        ],
        # Two files: with one, a rotation would forget all lines at once.
        "log_config": LogConfig(
            type="local", config={"max-size": "1m", "max-file": "2", "compress": "false"}
        ),
        "restart_policy": {"Name": "no"},
        "dns": [DEAD_DNS],
        "dns_opt": ["timeout:1", "attempts:1"],  # else a foreign name takes ten seconds to fail
        "extra_hosts": dict(shape.hosts),
        "port_bindings": {f"{port}/tcp": ("127.0.0.1", None) for port in shape.ports},
    }


def container(shape: Shape) -> dict[str, Any]:
    """Return the keyword arguments of `create_container` but for host and network configuration."""
    return {
        "image": shape.image,
        "entrypoint": [shape.command[0]],  # an image's own entry point does not see it
        "command": list(shape.command[1:]),
        "name": shape.name,
        "hostname": shape.hostname,
        "labels": {**dict.fromkeys(shape.image_labels, ""), **shape.labels},
        "user": shape.user,
        "environment": {**NEUTRAL_ENV, **shape.environment},
        "ports": list(shape.ports),
        "healthcheck": {"test": ["NONE"]},
        "stop_signal": "SIGTERM",
        "stdin_open": False,
        "tty": False,
        "detach": True,
        "use_config_proxy": False,  # the host's proxy settings may hold passwords
    }


def _tmpfs(shape: Shape) -> dict[str, str]:
    sizes = {**dict.fromkeys(shape.volumes, 16), **shape.tmpfs}
    return {
        path: f"rw,nosuid,nodev,noexec,size={size}m,nr_inodes=10k,mode=1777" for path, size in sizes.items()
    }
