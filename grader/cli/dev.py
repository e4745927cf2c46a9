"""`dev`: tests, lint, verification and benchmarks, for those who carry the grader on."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from grader.cli import door
from grader.cli.parser import RUNTIMES, Parser

NEW_EPILOG = """\
It has a brief, a manifest, hints, a starter, a solution, and for each line a file with one real check, and a
mutant. What is left to write says TODO(author), and `dev verify EXERCISE` asks for it.

  dev new section11-trial
  dev new phase6-search --line index --line query
"""

MUTANT_EPILOG = """\
The first call copies the stacked solution into a work tree and says where. Make the app wrong there, the way
somebody would; then make the same call again. It runs the suite on your edit and writes
phases/EXERCISE/mutants/NAME.patch, whose header names the checks that failed. solutions/ is never touched.

  dev mutant phase1 "Tokens are decoded but never verified."
"""

EPILOG = """\
`dev test` passes what it does not know on to pytest:  dev test -k progress
"""


def main(argv: list[str] | None = None) -> int:
    """Run `dev` and return its exit code."""
    options, rest = _parser().parse_known_args(argv)
    if rest and options.command != "test":
        _parser().error(f"unrecognized arguments: {' '.join(rest)}")
    return door.run(lambda: _run(options, rest))


def _run(options: argparse.Namespace, rest: list[str]) -> int:
    # Each command imports its own.
    match options.command:
        case "test" | "lint":
            from grader.cli import checking  # noqa: PLC0415

            test = options.command == "test"
            return checking.test(_root(), rest) if test else checking.lint(_root(), fix=options.fix)
        case "verify":
            from grader.cli import verifying  # noqa: PLC0415

            return verifying.run(options)
        case "new" | "mutant" | "pristine":
            from grader.cli import authoring  # noqa: PLC0415

            return authoring.COMMANDS[options.command](options)
        case _:
            return _bench()


def _bench() -> int:
    return subprocess.run([sys.executable, "-m", "benchmarks"], cwd=_root(), check=False).returncode


def _root() -> Path:
    return Path(__file__).resolve().parents[2]


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="dev",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    commands.add_parser("test", help="run all tests this machine can run, and name what it cannot")
    lint = commands.add_parser("lint", help="ruff, mypy, import-linter, workflows")
    lint.add_argument("--fix", action="store_true", help="mend what ruff can mend")
    verify = commands.add_parser("verify", help="prove the content: solutions, starters, mutants, variants")
    verify.add_argument("exercises", nargs="*", metavar="EXERCISE")
    verify.add_argument("--full", action="store_true", help="every check on every mutant; then docker too")
    verify.add_argument("--sample", action="store_true", help="one mutant per line, no variants")
    verify.add_argument(
        "--only",
        action="append",
        metavar="NAME",
        help="only the mutant or variant of this name; may be given again",
    )
    verify.add_argument("--runtime", choices=("process", "docker"), help="only this runtime")
    verify.add_argument("--json", metavar="FILE", help="write the records as JSON")
    verify.add_argument("--seed", type=int, default=1, metavar="N")
    verify.add_argument(
        "--jobs",
        type=int,
        default=0,
        metavar="N",
        help="apps at the same time (default: one more than cores)",
    )
    _new_options(
        commands.add_parser(
            "new",
            help="begin a section or a phase: folders that run, to be filled",
            description="Write a new exercise that runs and is graded at once. Nothing else is changed.",
            epilog=NEW_EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
    )
    _mutant_options(
        commands.add_parser(
            "mutant",
            help="make a mutant of an edit of the solution",
            description="Make a mutant: the solution, wrong in one way, that a check must notice.",
            epilog=MUTANT_EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
    )
    commands.add_parser("pristine", help="renew the archives of starters after one was changed on purpose")
    commands.add_parser("bench", help="measure what section Speed of the README promises")
    return parser


def _new_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "exercise", metavar="EXERCISE", help="its folder's name: section11-trial, phase6-search"
    )
    parser.add_argument(
        "--line", action="append", default=[], metavar="ID", help="a line; may be given again (default: one)"
    )
    parser.add_argument(
        "--stacks-on", metavar="PHASE", help="what a phase builds on (default: the last phase before it)"
    )


def _mutant_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "exercise", metavar="EXERCISE", help="whose solution; or a line, to run only its checks"
    )
    parser.add_argument(
        "description", nargs="?", metavar="WHAT", help='what is wrong: "Tokens are not verified."'
    )
    parser.add_argument("--name", metavar="NAME", help="the patch's name (default: made of WHAT)")
    parser.add_argument("--fresh", action="store_true", help="throw the work tree away and begin again")
    parser.add_argument("--runtime", choices=RUNTIMES, default="process", help="where the app runs")
    parser.add_argument("--seed", type=int, default=1, metavar="N")


if __name__ == "__main__":
    sys.exit(main())
