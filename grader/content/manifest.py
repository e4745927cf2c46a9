"""exercise.toml -> `Exercise`: the facts an exercise states about itself.

A phase that stacks on another states only what it adds. From the one below it has `services`, `faults`,
`requires`, `[env]` and the processes, its own beside or over them by name, and every other key of `[app]`
and `[limits]` that it does not state. Lines and prose are its own.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

from grader.content import checks
from grader.content.complaints import content_error, nearest, read_text, shown
from grader.content.fields import Table
from grader.model.exercise import App, Exercise, Limits, Line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from grader.model.exercise import Check

FILE = "exercise.toml"
FORMAT = 1

_TOP = ("format", "id", "kind", "title", "stacks_on", "services", "faults", "requires", "run_order")
_TABLES = ("app", "env", "limits", "line")
_FOLDER = re.compile(r"(phase|section)0*([1-9][0-9]*)-[a-z0-9-]+")
_PHASE = re.compile(r"phase([1-9][0-9]*)")
_LINE_ID = re.compile(r"[a-z0-9-]{1,40}")


def id_of(folder_name: str) -> str | None:
    """Return the short id that a folder's name stands for (`section01-x` is `section1`), or None."""
    match = _FOLDER.fullmatch(folder_name)
    return f"{match[1]}{match[2]}" if match else None


def load(
    folder: Path, *, with_checks: bool = True, below: Callable[[str], Exercise] | None = None
) -> Exercise:
    """Return the exercise in `folder`; without its checks it costs no reading of test files.

    `below` finds the exercise it stacks on; without it nothing is inherited. Raises `StoppedError` (usage,
    stage `content`) that names file, key and remedy.
    """
    table = _parse(folder / FILE)
    exercise_id = _identity(table, folder)
    stacks_on = _stacks_on(table, exercise_id)
    base = below(stacks_on) if stacks_on and below else None
    lines = _lines(table, exercise_id)
    order = _run_order(table, exercise_id, lines)
    found = checks.read(folder, exercise_id, order) if with_checks else {}
    return Exercise(
        id=exercise_id,
        name=folder.name,
        kind=_kind(table, exercise_id),
        title=table.text("title"),
        root=folder,
        lines=tuple(_with_checks(line, found.get(line.id, ())) for line in lines),
        run_order=order,
        app=_app(table.table("app"), base),
        services=_joined(base.services if base else (), table.texts("services")),
        faults=_faults(table, base),
        env={**(base.env if base else {}), **table.mapping("env")},
        limits=_limits(table.table("limits"), base.limits if base else Limits()),
        requires=_joined(base.requires if base else (), table.texts("requires")),
        stacks_on=stacks_on,
    )


def _parse(path: Path) -> Table:
    text = read_text(path)
    try:
        table = Table(shown(path), "", tomllib.loads(text)).only(*_TOP, *_TABLES)
    except tomllib.TOMLDecodeError as error:
        raise content_error(f"{shown(path)} is not TOML: {error}.", "Mend that line.") from error
    if table.data.get("format") != FORMAT:
        found = table.data.get("format", "missing")
        raise table.error("format", f"is {found}", f"This grader reads format = {FORMAT}; update it.")
    return table


def _identity(table: Table, folder: Path) -> str:
    stated, wanted = table.text("id"), id_of(folder.name)
    if wanted is None:
        raise content_error(
            f"{shown(folder, 1)} is not a name for an exercise.",
            "Name it phase<number>-<words> or section<number>-<words>, in small letters.",
        )
    if stated != wanted:
        raise table.error("id", f"is {stated!r}", f"Its folder is {folder.name}: write {wanted!r}.")
    return stated


def _kind(table: Table, exercise_id: str) -> str:
    kind, wanted = table.text("kind"), exercise_id.rstrip("0123456789")
    if kind != wanted:
        raise table.error("kind", f"is {kind!r}", f"{exercise_id} is a {wanted}: write {wanted!r}.")
    return kind


def _stacks_on(table: Table, exercise_id: str) -> str | None:
    """Return what the exercise builds on: a phase of a lower number, so that no two wait for each other."""
    if "stacks_on" not in table.data:
        return None
    below = table.text("stacks_on")
    match = _PHASE.fullmatch(below)
    own = _PHASE.fullmatch(exercise_id)
    if own is None:
        raise table.error("stacks_on", f"is {below!r}", "Remove it: only phases stack, sections stand alone.")
    if match is None or int(match[1]) >= int(own[1]):
        raise table.error("stacks_on", f"is {below!r}, no earlier phase", "Name one before it, as `phase1`.")
    return below


def _joined(below: tuple[str, ...], own: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*below, *own]))


def _lines(table: Table, exercise_id: str) -> tuple[Line, ...]:
    lines = tuple(_line(entry, exercise_id) for entry in table.tables("line"))
    if not lines:
        raise table.error("line", "is missing", "Add a [[line]] table for each roadmap line.")
    ids = [line.id for line in lines]
    repeated = [name for name in ids if ids.count(name) > 1]
    if repeated:
        raise table.error("line", f"holds {repeated[0]!r} twice", "Give each line an id of its own.")
    return lines


def _line(entry: Table, exercise_id: str) -> Line:
    entry.only("id", "title", "brief")
    line_id = entry.text("id")
    if not _LINE_ID.fullmatch(line_id):
        raise entry.error("id", f"is {line_id!r}", "Use at most 40 of a-z, 0-9 and dashes, no exercise id.")
    return Line(id=f"{exercise_id}.{line_id}", title=entry.text("title"), brief=entry.text("brief"))


def _run_order(table: Table, exercise_id: str, lines: tuple[Line, ...]) -> tuple[str, ...]:
    ids = tuple(line.id for line in lines)
    if "run_order" not in table.data:
        return ids
    order = tuple(f"{exercise_id}.{name}" for name in table.texts("run_order"))
    for name in order:
        if name not in ids:
            raise table.error("run_order", f"holds {name!r}, no line of this file", nearest(name, ids))
    for name in ids:
        if name not in order:
            raise table.error("run_order", f"lacks {name!r}", "Name every line exactly once.")
    return order


def _app(table: Table, below: Exercise | None) -> App:
    table.only("processes", "port_variable", "health", "prepare", "build")
    default = below.app if below else App()
    build = table.text("build", default.build)
    if build not in {"auto", "own"}:
        raise table.error("build", f"is {build!r}", 'Write "auto" or "own".')
    processes = table.mapping("processes", None if below else default.processes)
    if below:
        processes = {**default.processes, **processes}
    if "web" not in processes:
        raise table.error("processes", "has no `web`", 'Name the one that listens: { web = "start" }.')
    return App(
        processes=processes,
        port_variable=table.text("port_variable", default.port_variable),
        health=table.text("health", default.health),
        prepare=table.texts("prepare", default.prepare),
        build=build,
    )


def _faults(table: Table, base: Exercise | None) -> tuple[str, ...]:
    services = _joined(base.services if base else (), table.texts("services"))
    for name in table.texts("faults"):
        if name not in services:
            raise table.error("faults", f"holds {name!r}, no service of this file", nearest(name, services))
    return _joined(base.faults if base else (), table.texts("faults"))


def _limits(table: Table, default: Limits) -> Limits:
    table.only("build", "prepare", "start", "stop", "check", "memory")
    memory = table.number("memory", default.memory)
    return Limits(
        build=table.number("build", default.build),
        prepare=table.number("prepare", default.prepare),
        start=table.number("start", default.start),
        stop=table.number("stop", default.stop),
        check=table.number("check", default.check),
        memory=int(memory),
    )


def _with_checks(line: Line, found: tuple[Check, ...]) -> Line:
    return Line(id=line.id, title=line.title, brief=line.brief, checks=found)
