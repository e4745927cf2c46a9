"""The commands, run as a person runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(
    program: str, *arguments: str, root: Path | None = None, seconds: float = 120, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `grade` or `dev` on this repository, or on the one in `root`."""
    where = {"GRADE_ROOT": str(root)} if root else {}
    return subprocess.run(
        [sys.executable, "-m", f"grader.cli.{program}", *arguments],
        cwd=ROOT,
        env={**os.environ, **where, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
