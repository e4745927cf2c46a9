"""`dev new`, `dev mutant` and `dev pristine`: what those who write exercises type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.cli import mutant, new
from grader.content import pristine

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


def _pristine(_options: argparse.Namespace) -> int:
    for path in pristine.write_all():
        print(f"renewed {path.name}")
    return 0


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "new": new.run,
    "mutant": mutant.run,
    "pristine": _pristine,
}
