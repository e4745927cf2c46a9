"""The suite's child process: `python -I child.py [pytest arguments]`."""

from __future__ import annotations

import sys
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Run pytest with the grader importable, behind everything installed, and nothing else on the path."""
    sys.path.append(str(Path(__file__).resolve().parents[2]))
    import pytest  # noqa: PLC0415 - the path has to be set first

    return int(pytest.main(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
