"""Prometheus in a container of the run: a server for each that asks, on files handed over as one text."""

from __future__ import annotations

import base64
import io
import itertools
import tarfile
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grader.model.problem import StoppedError
from grader.runtimes import prometheus
from grader.runtimes.text import tail
from grader.runtimes.versions import IMAGES

from .options import Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .engine import Engine
    from .ground import Ground
    from .images import Images
    from .names import Names

FIRST_PORT = 9090
USER = "65534:65534"
_UNPACK = 'mkdir -p "$1/files" && echo "$FILES" | base64 -d | tar -xzf - -C "$1/files"'
_CHECK = 'cd "$1/files" && promtool check config "$2" 2>&1'
_SERVE = (
    'cd "$1" && port=$2 && config=$3 && shift 3 && nohup prometheus --config.file="files/$config"'
    ' --storage.tsdb.path=data --web.listen-address="0.0.0.0:$port" "$@" >log 2>&1 &'
)
_FOLDER = "/tmp/prometheus"  # noqa: S108 - inside


@dataclass
class Prometheuses:
    """The container, made when first asked for; each server in it has a folder and a port of its own."""

    engine: Engine
    images: Images
    names: Names
    ground: Ground
    _container: str = ""
    _address: str = ""
    _ports: itertools.count[int] = field(default_factory=lambda: itertools.count(FIRST_PORT))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, files: Mapping[str, str], check: str, run: str) -> int:
        """Start one on these files; return the port of this machine that leads to it.

        Raises `StoppedError`: missing without an image, learner for what promtool refuses, ours.
        """
        with self._lock:
            if not self._container:
                self._start_container()
            port = next(self._ports)
        folder = f"{_FOLDER}-{port}"
        self._do(_UNPACK, folder, FILES=_packed(files))
        code, output = self._do(_CHECK, folder, check)
        if code != 0:
            raise prometheus.refused(tail(output))
        self._do(_SERVE, folder, str(port), run, *prometheus.OPTIONS)
        door = self.ground.benches.forward(f"prometheus-{port}", self._address, port)
        if not prometheus.await_ready(door, lambda: True):
            raise prometheus.not_started(tail(self._do('cat "$1/log"', folder)[1]))
        return door

    def _do(self, script: str, *args: str, **env: str) -> tuple[int | None, str]:
        command = ["sh", "-c", script, "sh", *args]
        ended = self.engine.execute(self._container, command, env, prometheus.CHECK_SECONDS)
        return ended.exit_code, ended.output

    def _start_container(self) -> None:
        try:
            image = self.images.base(IMAGES["prometheus"])
        except StoppedError as stop:
            raise prometheus.missing(stop.problem.message, stop.problem.remedy) from stop
        address = self.ground.addresses.take()
        self._container = self.engine.run(
            Shape(
                image=image.id,
                command=["sleep", "infinity"],
                name=self.names.name("prometheus"),
                hostname="prometheus",
                labels=self.names.labels("prometheus"),
                image_labels=tuple(image.labels),
                network=self.names.name("inner"),
                address=address,
                user=USER,
                volumes=image.volumes,
                tmpfs={"/tmp": 512},  # noqa: S108 - inside
                memory=768,
                cpus=self.engine.cpus,
            )
        )
        self._address = address


def _packed(files: Mapping[str, str]) -> str:
    """Return files as compressed archive in text: a container with a read-only root takes no other."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in files.items():
            data = text.encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return base64.b64encode(packed.getvalue()).decode()
