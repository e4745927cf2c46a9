"""A small repository to read: one exercise, its checks, its line in progress.md."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MANIFEST = """
format = 1
id = "phase1"
kind = "phase"
title = "Shop"

[[line]]
id = "items"
title = "Items // Keep them."
brief = "items"

[[line]]
id = "log-in"
title = "Log in // Know who it is."
brief = "log-in"
"""

CHECKS = '''
from grader.kit import stretch

def test_lists():
    """Items are listed."""

@stretch
def test_sorts():
    """Items are sorted."""
'''


@pytest.fixture
def write() -> Callable[[Path, str], Path]:
    def write_file(path: Path, text: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return write_file


@pytest.fixture
def repository(tmp_path: Path, write: Callable[[Path, str], Path]) -> Path:
    root = tmp_path / "repository"
    exercise = root / "phases" / "phase1-shop"
    write(exercise / "exercise.toml", MANIFEST)
    write(exercise / "test_items.py", CHECKS)
    write(exercise / "test_log_in.py", CHECKS)
    write(root / "progress.md", "- [ ] Items // Keep them. <!-- phase1.items -->\n")
    return root


@pytest.fixture
def exercise_folder(repository: Path) -> Path:
    return repository / "phases" / "phase1-shop"
