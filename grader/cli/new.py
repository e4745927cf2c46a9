"""`dev new`: writes a new exercise and says what is left to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from grader.content import blank
from grader.content.catalog import Catalog, find_root

if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> int:
    """Write the exercise and print the way on."""
    catalog = Catalog(find_root(Path(__file__).parent))
    made = blank.create(catalog, options.exercise, options.line, options.stacks_on)
    for path in made.files:
        print(f"  {path}")
    print(f"\n{options.exercise} is there, and runs:  grade {made.id} --solution")
    for told in made.left:
        print(f"  to do: {told}")
    print(f"What is left to write:                 dev verify {made.id}")
    print("How each file is written: CONTRIBUTING.md. Its lines are graded now, and ticked once progress.md")
    print(f"has them under a heading:  - [ ] Label // Explanation <!-- {made.id}.LINE -->")
    return 0
