"""The checks of an exercise's lines, and whether they fit together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from grader.content import check_source
from grader.content.complaints import content_error, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grader.model.exercise import Check
    from grader.model.problem import StoppedError


def read(folder: Path, exercise: str, run_order: Sequence[str]) -> dict[str, tuple[Check, ...]]:
    """Return the checks of each line of `run_order` (full ids), in the order of their file.

    Raises `StoppedError` (usage, stage `content`) for a test file of no line, a line without one, an
    unreadable check, and an `@after` that names nothing, goes round, or names a check that runs later.
    """
    files = {file_name(line): line for line in run_order}
    _refuse_strays(folder, exercise, files)
    found = {line: _line_checks(folder / name, line) for name, line in files.items()}
    _refuse_broken_after(found)
    return found


def file_name(line: str) -> str:
    """Return the name of the file that proves a line: `phase3.email-job` is test_email_job.py."""
    return f"test_{line.partition('.')[2].replace('-', '_')}.py"


def _line_checks(path: Path, line: str) -> tuple[Check, ...]:
    if not path.is_file():
        raise content_error(
            f"{line} has no {shown(path)}.", "Write it, or take the line out of the manifest."
        )
    found = check_source.read(path, line)
    if not found:
        raise content_error(f"{shown(path)} holds no `def test_...`.", "Write a check for the line.")
    return found


def _refuse_strays(folder: Path, exercise: str, files: Mapping[str, str]) -> None:
    for path in sorted(folder.glob("test_*.py")):
        if path.name not in files:
            remedy = f"Name it after a line of {exercise}: {', '.join(sorted(files))}. "
            raise content_error(f"{shown(path)} belongs to no line.", remedy + nearest(path.name, files))


def _refuse_broken_after(found: Mapping[str, Sequence[Check]]) -> None:
    checks = {check.id: check for line in found.values() for check in line}
    # Checks marked @alone run last, whatever their line.
    order = sorted(checks.values(), key=lambda check: check.alone)
    position = {check.id: index for index, check in enumerate(order)}
    for check in order:
        for name in check.after:
            if name not in checks:
                remedy = f"Name a check that exists; {nearest(name, checks)}".rstrip("; ")
                raise _error(check, f"comes after {name}, which does not exist", remedy)
    _refuse_cycles(checks)
    for check in order:
        for name in check.after:
            if position[name] >= position[check.id]:
                remedy = "Move that one up, its line up in run_order, or mark both @alone."
                raise _error(check, f"comes after {name}, which runs later", remedy)


def _refuse_cycles(checks: Mapping[str, Check]) -> None:
    settled: set[str] = set()
    for start in checks:
        path: list[str] = []
        _walk(start, path, settled, checks)


def _walk(name: str, path: list[str], settled: set[str], checks: Mapping[str, Check]) -> None:
    if name in path:
        ring = " -> ".join([*path[path.index(name) :], name])
        raise _error(checks[name], f"comes after itself: {ring}", "Take one @after of these away.")
    if name not in settled:
        for earlier in checks[name].after:
            _walk(earlier, [*path, name], settled, checks)
        settled.add(name)


def _error(check: Check, message: str, remedy: str) -> StoppedError:
    where = f"{shown(Path(check.file))}:{check.lineno}"
    return content_error(f"{where}: {check.function} {message}.", remedy)
