"""Prometheus on loopback: the distribution's, where it is installed."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grader.runtimes import prometheus, versions
from grader.runtimes.process import nobody, surroundings
from grader.runtimes.process.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from grader.runtimes.process.children import Children

GROUP = "prometheus"
_VERSION = re.compile(r"version (\d+)\.(\d+)")


@dataclass
class Prometheuses:
    """Those of a run, each with a folder of its own that `remove_data` removes."""

    children: Children
    cache: Path
    home: Path
    _folders: list[Path] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def start(self, files: Mapping[str, str], check: str, run: str) -> int:
        """Start one on these files and return its port.

        Raises `StoppedError`: missing where it is not installed, learner for what promtool refuses, ours.
        """
        server, tool = _installed()
        folder = self._folder(files)
        self._check(tool, folder / "files" / check)
        port = free_port()
        where = [f"--config.file={folder / 'files' / run}", f"--storage.tsdb.path={folder / 'data'}"]
        child = self.children.spawn(
            [server, *where, f"--web.listen-address=127.0.0.1:{port}", *prometheus.OPTIONS],
            cwd=folder,
            env=surroundings.plain([], self.home),
            owner=GROUP,
            **nobody.user(),
        )
        if not prometheus.await_ready(port, lambda: child.exit_code is None):
            raise prometheus.not_started(child.output.tail())
        return port

    def _folder(self, files: Mapping[str, str]) -> Path:
        number = next(self._numbers)
        folder = nobody.data_home(self.cache) / f"grade-{self.children.run}-prometheus-{number}"
        self.children.ledger.add_data(folder)
        self._folders.append(folder)
        (folder / "data").mkdir(parents=True, mode=0o700)
        for name, text in files.items():
            path = folder / "files" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        if nobody.root():
            for path in (folder, *folder.rglob("*")):
                shutil.chown(path, nobody.NAME)
        return folder

    def _check(self, tool: str, config: Path) -> None:
        child = self.children.spawn(
            [tool, "check", "config", str(config)],
            cwd=config.parent,
            env=surroundings.plain([], self.home),
            owner=GROUP,
            **nobody.user(),
        )
        if child.wait(prometheus.CHECK_SECONDS) != 0:
            raise prometheus.refused(child.output.tail().replace(str(config.parent), "."))

    def remove_data(self) -> None:
        """Remove what those that ended have stored."""
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)


def _installed() -> tuple[str, str]:
    """Return the server and its tool; raises `StoppedError` (missing) where they are not to be had."""
    server, tool = shutil.which("prometheus"), shutil.which("promtool")
    if server is None or tool is None:
        raise prometheus.missing(
            "Prometheus is not installed on this machine",
            "install it, so that `prometheus --version` and `promtool --version` answer (Debian, Ubuntu:"
            " `sudo apt-get install --no-install-recommends prometheus`; macOS: `brew install prometheus`),"
            " or use Docker",
        )
    done = subprocess.run([server, "--version"], capture_output=True, text=True, timeout=10, check=False)
    match = _VERSION.search(done.stdout + done.stderr)
    if match is None or (int(match[1]), int(match[2])) < versions.OLDEST_PROMETHEUS:
        oldest = ".".join(map(str, versions.OLDEST_PROMETHEUS))
        raise prometheus.missing(
            f"the Prometheus on this machine is older than {oldest}", "install a newer one, or use Docker"
        )
    return server, tool
