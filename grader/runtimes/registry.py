"""The runtimes by name. A new one is a module and a line here; it is imported only when chosen."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.model.problem import Blame, stopped
from grader.runtimes.base import RunContext

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grader.runtimes.base import Runtime

RUNTIMES = {
    "docker": "grader.runtimes.docker:DockerRuntime",
    "process": "grader.runtimes.process:ProcessRuntime",
    "url": "grader.runtimes.url:UrlRuntime",
}
STARTING = ("docker", "process")
"""Those that start the app themselves, in the order in which `auto` prefers them."""

_TRACES = (
    "/var/run/docker.sock",
    "~/.docker/run/docker.sock",
    "~/.docker/desktop/docker.sock",
    "~/.docker/contexts",
)


def create(name: str, context: RunContext, url: str | None = None) -> Runtime:
    """Return a runtime for one run; `url` is what `url` grades. Raises `StoppedError` (usage)."""
    factory = _load(RUNTIMES[_known(name)])
    runtime: Runtime = factory(context, url or "") if name == "url" else factory(context)
    return runtime


def choose(name: str) -> tuple[str, str]:
    """Return which runtime to use, and why as a sentence; `auto` is docker where an engine answers.

    Raises `StoppedError` (usage) for a name nobody has.
    """
    if name != "auto":
        return _known(name), "you asked for it"
    if not _engine_likely():
        return "process", "no Docker engine is installed here"
    context = RunContext(id="probe", folder=Path(tempfile.gettempdir()), cache=Path(), seed=0)
    docker = create("docker", context)
    try:
        problem = docker.probe()
    finally:
        docker.close()
    if problem is None:
        return "docker", "a Docker engine answers"
    return "process", problem.message


def sweep(folders: Sequence[Path]) -> None:
    """Remove what dead runs left, by their folders, each named like its run. Never raises."""
    processes = [folder for folder in folders if (folder / "processes.json").exists()]
    if processes:
        end = _load("grader.runtimes.process:sweep_process")
        for folder in processes:
            end(folder)
    others = [folder.name for folder in folders if folder not in processes]
    if others and _engine_likely():
        _load("grader.runtimes.docker.sweep:sweep")(others)


def _known(name: str) -> str:
    if name in RUNTIMES:
        return name
    names = ", ".join(("auto", *RUNTIMES))
    raise stopped(Blame.USAGE, "start", f"there is no runtime `{name}`", f"choose one of {names}")


def _engine_likely() -> bool:
    """Tell whether asking is worth it: importing the client takes longer than most other steps."""
    named = any(variable in os.environ for variable in ("DOCKER_HOST", "DOCKER_CONTEXT"))
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    traces = (*_TRACES, *([f"{runtime}/docker.sock"] if runtime else []))
    found = any(Path(trace).expanduser().exists() for trace in traces)
    return named or found or (sys.platform != "linux" and shutil.which("docker") is not None)


def _load(where: str) -> Any:
    module, _, name = where.partition(":")
    return getattr(importlib.import_module(module), name)
