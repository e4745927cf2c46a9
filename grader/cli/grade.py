"""`grade`: grades exercises, and the commands around that."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from grader.cli import door
from grader.cli.parser import COMMANDS, command_parser, grade_parser

if TYPE_CHECKING:
    import argparse


def main(argv: list[str] | None = None) -> int:
    """Run `grade` and return its exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments and arguments[0] in COMMANDS:
        name = arguments[0]
        options = command_parser(name).parse_args(arguments[1:])
        return door.run(lambda: _command(name, options))
    options = grade_parser().parse_args(arguments)
    return door.run(lambda: _grade(options))


def _grade(options: argparse.Namespace) -> int:
    from grader.cli import grading  # noqa: PLC0415 - `--help` needs none of it

    return grading.run(options)


def _command(name: str, options: argparse.Namespace) -> int:
    from grader.cli import commands  # noqa: PLC0415 - `--help` needs none of it

    return commands.COMMANDS[name](options)


if __name__ == "__main__":
    sys.exit(main())
