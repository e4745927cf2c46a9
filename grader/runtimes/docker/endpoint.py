"""Where the Docker engine is: what the docker command line would talk to."""

from __future__ import annotations

import hashlib
import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT = "npipe:////./pipe/docker_engine" if os.name == "nt" else "unix:///var/run/docker.sock"


@dataclass(frozen=True)
class Endpoint:
    """An engine's address, and who named it (`DOCKER_HOST`, a context; empty: nobody did)."""

    url: str
    named_by: str = ""


def find_endpoint(env: Mapping[str, str] = os.environ) -> Endpoint:
    """Return the engine that DOCKER_HOST or the current context names, else the default one.

    The SDK does not know contexts, which is how Docker Desktop and rootless engines are found.
    """
    if env.get("DOCKER_HOST"):
        return Endpoint(env["DOCKER_HOST"], "DOCKER_HOST")
    folder = Path(env.get("DOCKER_CONFIG") or Path.home() / ".docker")
    context = env.get("DOCKER_CONTEXT") or _read(folder / "config.json").get("currentContext")
    if not isinstance(context, str) or context in ("", "default"):
        return Endpoint(DEFAULT)
    name = hashlib.sha256(context.encode()).hexdigest()
    meta = _read(folder / "contexts" / "meta" / name / "meta.json")
    try:
        return Endpoint(str(meta["Endpoints"]["docker"]["Host"]), f"the docker context {context!r}")
    except (KeyError, TypeError):
        return Endpoint(DEFAULT)


def knock(endpoint: Endpoint, seconds: float) -> None:
    """Connect to an engine's unix socket and hang up; raises OSError where nobody listens.

    The SDK would say the same less clearly, and leak the socket it tried with.
    """
    if endpoint.url.startswith("unix://") and hasattr(socket, "AF_UNIX"):
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(seconds)
            door.connect(endpoint.url.removeprefix("unix://"))


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
