"""The suite's child process: `python -I child.py ROOT [pytest arguments]`."""

from __future__ import annotations

import sys


def main(root: str, arguments: list[str]) -> int:
    """Run pytest with the grader importable from `root` and nothing else added to the path."""
    sys.path.insert(0, root)
    import pytest  # noqa: PLC0415 - the path has to be set first

    return int(pytest.main(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
