"""Can this machine grade, and how: every runtime asked, every tool named."""

from __future__ import annotations

import platform
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader import __version__
from grader.runtimes import registry
from grader.runtimes.base import RunContext
from grader.workflows import runs

if TYPE_CHECKING:
    from grader.model.problem import Problem
    from grader.workflows.places import Places


@dataclass(frozen=True, kw_only=True)
class RuntimeHealth:
    """Whether a runtime can serve here; `problem` says why not and what to do."""

    name: str
    problem: Problem | None


@dataclass(frozen=True, kw_only=True)
class Health:
    """What the machine has; `facts` are name and value, `swept` the dead runs that were removed."""

    facts: tuple[tuple[str, str], ...]
    runtimes: tuple[RuntimeHealth, ...]
    chosen: str
    why: str
    swept: tuple[str, ...]

    @property
    def healthy(self) -> bool:
        """Whether at least one runtime can serve."""
        return any(runtime.problem is None for runtime in self.runtimes)


def examine(where: Places) -> Health:
    """Ask every runtime that starts services itself whether it can, after sweeping what dead runs left."""
    swept = runs.sweep(where)
    asked = tuple(_ask(name, where) for name in registry.STARTING)
    chosen, why = registry.choose("auto")
    return Health(facts=_facts(where), runtimes=asked, chosen=chosen, why=why, swept=swept)


def _ask(name: str, where: Places) -> RuntimeHealth:
    with runs.new_run(where) as (run, folder):
        runtime = registry.create(name, RunContext(id=run, folder=folder, cache=where.cache, seed=0))
        try:
            return RuntimeHealth(name=name, problem=runtime.probe())
        finally:
            runtime.close()


def _facts(where: Places) -> tuple[tuple[str, str], ...]:
    free = shutil.disk_usage(where.cache).free // (1 << 30)
    return (
        ("grader", __version__),
        ("python", f"{platform.python_version()} at {sys.executable}"),
        ("system", f"{platform.system()} {platform.release()} {platform.machine()}"),
        ("cache", f"{where.cache} ({free} GiB free)"),
        ("node", shutil.which("node") or "not on PATH (the grader brings its own)"),
    )
