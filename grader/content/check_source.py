"""One test file -> its checks, by reading the syntax tree: content is never imported or run."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.content.complaints import content_error, nearest, read_text, shown
from grader.model.exercise import Check
from grader.model.outcome import Tier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from grader.model.problem import StoppedError

KIT = "grader.kit"
_FLAGS = ("stretch", "alone", "gate")
_CALLS = ("needs", "after")
_NAME = re.compile(r"test_[a-z0-9_]*[a-z0-9]")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def read(path: Path, line: str) -> tuple[Check, ...]:
    """Return the checks of a file, in its order; `line` is the full id of the line it proves.

    Their `file` is `path` as given: absolute, as everything is that `find_root` leads to. What `@after`
    names is turned into an id but not looked up. Raises `StoppedError` (usage) with file and line
    number for what cannot be a check.
    """
    source = _Source(path, line, _tree(path))
    names = source.kit_names()
    source.refuse_hidden()
    found: dict[str, Check] = {}
    for function in source.functions():
        if function.name in found:
            earlier = found[function.name].lineno
            raise source.error(function, f"{function.name} stands already on line {earlier}", "Rename one.")
        found[function.name] = source.check(function, names)
    return tuple(found.values())


def check_id(line: str, function: str) -> str:
    """Return the id of a check: `test_rejects_alg_none` of `phase1.jwt` is `...rejects-alg-none`."""
    return f"{line}.{function.removeprefix('test_').replace('_', '-')}"


def _tree(path: Path) -> ast.Module:
    text = read_text(path)
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError) as error:
        where = f"{shown(path)}:{getattr(error, 'lineno', None) or 1}"
        raise content_error(f"{where}: not Python: {error}.", "Mend that line.") from error


@dataclass(frozen=True)
class _Source:
    path: Path
    line: str
    tree: ast.Module

    def error(self, node: ast.stmt | ast.expr, message: str, remedy: str) -> StoppedError:
        return content_error(f"{shown(self.path)}:{node.lineno}: {message}.", remedy)

    def functions(self) -> Iterator[ast.FunctionDef]:
        """Yield the top-level tests, refusing async ones."""
        for node in self.tree.body:
            if isinstance(node, _FUNCTIONS) and node.name.startswith("test"):
                if isinstance(node, ast.AsyncFunctionDef):
                    raise self.error(node, f"{node.name} is `async def`", "Write it as a plain `def`.")
                yield node

    def refuse_hidden(self) -> None:
        """Refuse tests that pytest would find but that are no plain top-level functions."""
        top = {id(node) for node in self.tree.body}
        for node in ast.walk(self.tree):
            if isinstance(node, _FUNCTIONS) and node.name.startswith("test_") and id(node) not in top:
                raise self.error(node, f"{node.name} is nested", "Move it to the top level of the file.")
            if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
                raise self.error(node, f"{node.name} is a class", "Write its checks as plain functions.")

    def kit_names(self) -> dict[str, str]:
        """Return what each imported name stands for: `kit` -> `grader.kit`, `after` -> `grader.kit.after`."""
        names: dict[str, str] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Import):
                names |= {alias.asname: alias.name for alias in node.names if alias.asname}
        return names

    def check(self, function: ast.FunctionDef, names: dict[str, str]) -> Check:
        marks = _Marks(self, names)
        for decorator in function.decorator_list:
            marks.add(decorator)
        if not _NAME.fullmatch(function.name):
            raise self.error(function, f"{function.name} is no name for a check", "Use a-z, 0-9 and _.")
        return Check(
            id=check_id(self.line, function.name),
            line=self.line,
            function=function.name,
            title=self.title(function),
            tier=Tier.STRETCH if "stretch" in marks.flags else Tier.CORE,
            after=tuple(marks.after),
            needs=tuple(marks.needs),
            alone="alone" in marks.flags,
            gate="gate" in marks.flags,
            file=str(self.path),
            lineno=function.lineno,
        )

    def title(self, function: ast.FunctionDef) -> str:
        lines = (ast.get_docstring(function) or "").strip().splitlines()
        if not lines:
            remedy = "Begin it with the sentence the learner reads, about the app, in the present tense."
            raise self.error(function, f"{function.name} has no docstring", remedy)
        return lines[0].strip()


class _Marks:
    """What the decorators of one function say."""

    def __init__(self, source: _Source, names: dict[str, str]) -> None:
        self.source, self.names = source, names
        self.flags: set[str] = set()
        self.after: list[str] = []
        self.needs: list[str] = []

    def add(self, node: ast.expr) -> None:
        target = self.resolve(node.func if isinstance(node, ast.Call) else node)
        module, _, name = target.rpartition(".")
        if name == "parametrize":
            remedy = "Write one function per case, or a loop inside one: a check is one sentence."
            raise self.source.error(node, "a check cannot be parametrized", remedy)
        if module != KIT and not module.startswith(f"{KIT}."):
            raise self.source.error(node, f"@{target} is none of {KIT}'s decorators", self.known(name))
        self.mark(node, name)

    def mark(self, node: ast.expr, name: str) -> None:
        if name in _FLAGS and not isinstance(node, ast.Call):
            self.flags.add(name)
        elif name in _CALLS and isinstance(node, ast.Call):
            words = self.words(node, name)
            self.needs.extend(words if name == "needs" else ())
            self.after.extend(self.after_id(node, word) for word in (words if name == "after" else ()))
        else:
            raise self.source.error(node, f"@{name} does not fit", self.known(name))

    def resolve(self, node: ast.expr) -> str:
        """Return the dotted name that an expression stands for, imports taken into account."""
        if isinstance(node, ast.Attribute):
            return f"{self.resolve(node.value)}.{node.attr}"
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        return ast.unparse(node)

    def words(self, node: ast.Call, name: str) -> list[str]:
        values = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
        words = [value for value in values if isinstance(value, str)]
        if not words or node.keywords or len(words) != len(node.args):
            raise self.source.error(node, f"@{name} takes texts only", f'Write @{name}("...").')
        return words

    def after_id(self, node: ast.expr, word: str) -> str:
        line, _, function = word.rpartition(".")
        if not _NAME.fullmatch(function):
            remedy = 'Name a function: @after("test_login"), or of another line @after("jwt.test_login").'
            raise self.source.error(node, f"@after({word!r}) names no check", remedy)
        exercise = self.source.line.partition(".")[0]
        return check_id(f"{exercise}.{line}" if line else self.source.line, function)

    def known(self, name: str) -> str:
        usage = "Known: @stretch @alone @gate @needs(...) @after(...), imported from grader.kit"
        return f"{usage}; {nearest(name, _FLAGS + _CALLS)}".rstrip("; ") + "."
