"""Reads the app's own files for checks of what is written down, such as the settings of another program."""

from __future__ import annotations

import fnmatch
import os
from pathlib import Path
from typing import TYPE_CHECKING

from grader.model.problem import Blame, stopped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_FILES = 200
MAX_BYTES = 1 << 20
"""Of all files together."""

_LEFT_OUT = {"node_modules", ".git"}


def read(root: Path, patterns: Sequence[str]) -> dict[str, str]:
    """Return the texts of files by their path below `root`; `*` in a pattern stands for any part of one.

    Links are not followed. Raises `StoppedError` (learner) where there are too many or they are too large.
    """
    found: dict[str, str] = {}
    left = MAX_BYTES
    for path in _regular(root):
        name = path.relative_to(root).as_posix()
        if not any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
            continue
        left -= path.stat().st_size
        if left < 0 or len(found) == MAX_FILES:
            what = f"{MAX_BYTES >> 10} KiB" if left < 0 else f"{MAX_FILES} files"
            raise stopped(
                Blame.LEARNER,
                "suite",
                f"there is more than {what} of {', '.join(patterns)}",
                "keep there only what the brief asks for",
            )
        found[name] = path.read_text("utf-8", "replace")
    return found


def _regular(root: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root, followlinks=False):
        names[:] = sorted(name for name in names if name not in _LEFT_OUT)
        for name in sorted(files):
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                yield path
