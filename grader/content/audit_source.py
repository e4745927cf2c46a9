"""The rules that the source of checks keeps: short, without sleeps or sockets, importing little."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from grader.content.complaints import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from grader.model.exercise import Exercise

MAX_BODY = 25
"""Lines of a check after its docstring."""

PACKAGES = {"jwt": "jwt", "postgres": "psycopg", "redis": "redis"}
"""What an exercise may import for each capability it requires, beyond the kit and the standard library."""

KITS_OWN = {"socket", "select", "selectors", "asyncio", "subprocess", "http.client", "urllib.request", "ssl"}
"""Waiting and talking are the kit's: bounded, and told in the report."""


def complaints(exercise: Exercise) -> Iterator[str]:
    """Yield a sentence for everything in the exercise's Python files that breaks a rule."""
    packages = {PACKAGES[name] for name in exercise.requires if name in PACKAGES}
    for path in sorted(exercise.root.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        yield from _long_checks(path, tree)
        yield from _imports(path, tree, packages)
        yield from _sleeps(path, tree)


def taken_fixtures(chain: Sequence[Exercise]) -> Iterator[str]:
    """Complain where the last exercise's support.py names a fixture like one of those below it.

    The gates of the exercises below run beside it, and would be given the wrong one.
    """
    own = _fixtures(chain[-1])
    for below in chain[:-1]:
        for name in sorted(own & _fixtures(below)):
            yield f"support.py names a fixture {name}, and {below.id} has one for its gates: rename it."


def _fixtures(exercise: Exercise) -> set[str]:
    path = exercise.root / "support.py"
    if not path.is_file():
        return set()
    functions = [node for node in ast.parse(read_text(path)).body if isinstance(node, ast.FunctionDef)]
    return {node.name for node in functions if any(_is_fixture(mark) for mark in node.decorator_list)}


def _is_fixture(mark: ast.expr) -> bool:
    target = mark.func if isinstance(mark, ast.Call) else mark
    return isinstance(target, ast.Attribute) and target.attr == "fixture"


def _long_checks(path: Path, tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            lines = (node.end_lineno or 0) - (node.body[0].end_lineno or 0)
            if lines > MAX_BODY:
                yield f"{path.name}:{node.lineno} {node.name} has {lines} lines, more than {MAX_BODY}."


def _imports(path: Path, tree: ast.Module, packages: set[str]) -> Iterator[str]:
    allowed = sys.stdlib_module_names | {"pytest"} | packages
    for name in _imported(tree):
        if name in KITS_OWN:
            yield f"{path.name} imports {name}; waiting and talking are the kit's."
        elif name.partition(".")[0] not in allowed and not f"{name}.".startswith("grader.kit."):
            yield f"{path.name} imports {name}; checks may import pytest, grader.kit and what they require."


def _sleeps(path: Path, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if "sleep" in (getattr(node, "attr", ""), getattr(node, "id", ""), getattr(node, "name", "")):
            yield f"{path.name}:{getattr(node, 'lineno', 0)} sleeps; use kit.wait, which says why."


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            names = [f"{module}.{alias.name}" for alias in node.names]
            yield from names if module == "grader" else [module]
