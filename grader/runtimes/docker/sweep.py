"""Removes what a run made on an engine, found by its label: at its end, or after its owner died."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from grader.model.problem import StoppedError

from .engine import Engine
from .names import RUN, Names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_AT_ONCE = 8
_ROUNDS = 2
"""A second one for what the engine was just removing or making when it was asked."""


def found_runs(engine: Engine | None = None) -> frozenset[str]:
    """Return the ids of all runs that have something on the engine; raises `StoppedError`."""
    engine = engine or Engine()
    everything = [*engine.containers(RUN), *engine.networks(RUN)]
    return frozenset(one["Labels"][RUN] for one in everything)


def sweep(dead_run_ids: Iterable[str], engine: Engine | None = None) -> tuple[str, ...]:
    """Remove what dead runs left; return the names of what could not be removed. Never raises."""
    engine = engine or Engine()
    try:
        runs = found_runs(engine) & set(dead_run_ids)
    except StoppedError:
        return ()  # no engine, nothing on it
    return tuple(name for run in sorted(runs) for name in remove_run(engine, run))


def remove_run(engine: Engine, run: str) -> tuple[str, ...]:
    """Remove all of one run; return the names of what could not be removed. Never raises."""
    label = Names(run).filter
    for _ in range(_ROUNDS):
        left = (
            *_each(
                lambda: engine.containers(label), engine.remove, lambda one: str(one["Names"][0]).strip("/")
            ),
            *_each(lambda: engine.networks(label), engine.remove_network, lambda one: str(one["Name"])),
        )
        if not left:
            return ()
    return left


def _each(
    find: Callable[[], list[dict[str, Any]]],
    remove: Callable[[str], None],
    name: Callable[[dict[str, Any]], str],
) -> tuple[str, ...]:
    """Remove all that is found, side by side; return the names of what stayed."""

    def try_remove(one: dict[str, Any]) -> str:
        try:
            remove(one["Id"])
        except StoppedError as error:
            return f"{name(one)} ({error.problem.message})"
        return ""

    try:
        found = find()
    except StoppedError as error:
        return (f"unknown ({error.problem.message})",)
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        return tuple(stayed for stayed in pool.map(try_remove, found) if stayed)
