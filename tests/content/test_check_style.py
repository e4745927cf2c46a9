"""Checks are arrange, act, expect: short, without sleeps or sockets, importing little."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from grader.model.exercise import Exercise

MAX_BODY = 25
# What an exercise may import for each capability it requires, beyond the kit and the standard library.
PACKAGES = {"jwt": "jwt", "postgres": "psycopg"}
# Waiting and talking are the kit's: bounded, and told in the report.
KITS_OWN = {"socket", "select", "selectors", "asyncio", "subprocess", "http.client", "urllib.request", "ssl"}


def sources(exercise: Exercise) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(exercise.root.glob("*.py")):
        yield path, ast.parse(path.read_text())


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from (
                [f"{module}.{alias.name}" for alias in node.names] if module == "grader" else [module]
            )


def body_lines(function: ast.FunctionDef) -> int:
    docstring = function.body[0]
    return (function.end_lineno or 0) - (docstring.end_lineno or 0)


def test_checks_are_short(exercise: Exercise) -> None:
    """At most 25 lines after the docstring."""
    long = [
        f"{path.name}:{node.lineno} {node.name}: {body_lines(node)}"
        for path, tree in sources(exercise)
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and body_lines(node) > MAX_BODY
    ]
    assert long == []


def test_checks_import_little(exercise: Exercise) -> None:
    """pytest, the kit, the standard library, and the packages of required capabilities."""
    packages = {PACKAGES[name] for name in exercise.requires if name in PACKAGES}
    allowed = sys.stdlib_module_names | {"pytest"} | packages
    foreign = [
        f"{path.name}: {name}"
        for path, tree in sources(exercise)
        for name in imported(tree)
        if name.partition(".")[0] not in allowed and not f"{name}.".startswith("grader.kit.")
    ]
    assert foreign == []


def test_checks_leave_waiting_and_talking_to_the_kit(exercise: Exercise) -> None:
    """No sleeps, no sockets, no processes."""
    found = [
        f"{path.name}: {name}"
        for path, tree in sources(exercise)
        for name in imported(tree)
        if name in KITS_OWN
    ]
    sleeps = [
        f"{path.name}:{node.lineno}"
        for path, tree in sources(exercise)
        for node in ast.walk(tree)
        if "sleep" in (getattr(node, "attr", ""), getattr(node, "id", ""), getattr(node, "name", ""))
    ]
    assert (found, sleeps) == ([], [])
