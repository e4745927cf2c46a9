"""The command lines of `grade` and `dev`, as argparse describes them."""

from __future__ import annotations

import argparse
from typing import NoReturn

RUNTIMES = ("auto", "docker", "process")

GRADE_EPILOG = """\
ids:
  phase1                           an exercise
  phase1.jwt                       one line of it
  phase1.jwt.rejects-alg-none      one check
  started                          every exercise you have started (the default)

more commands:
  grade list                       the exercises, their lines and checks
  grade status                     where you stand on the roadmap
  grade start EXERCISE             make the next phase's folder from your app so far
  grade reset EXERCISE             the pristine starter again; your tree is kept beside it
  grade run EXERCISE               keep the service running, for an IDE, curl or pytest
  grade hint LINE                  one hint at a time
  grade solution EXERCISE DIR      write the reference solution into a folder
  grade doctor                     can this machine grade, and how?

exit codes: 0 all passes · 1 something fails · 2 usage · 3 the grader's own fault · 4 busy
            5 nothing fails, but something is blocked · 130 interrupted
"""


class Parser(argparse.ArgumentParser):
    """A parser whose complaints end with the command that helps."""

    def error(self, message: str) -> NoReturn:
        """Print what is wrong in one line and where to look; exit 2."""
        self.exit(2, f"{self.prog}: {message}\nSee `{self.prog} --help`.\n")


def grade_parser() -> argparse.ArgumentParser:
    """Return the parser of `grade [ID]...`."""
    parser = Parser(
        prog="grade",
        description="Grade your service against the roadmap, line by line.",
        epilog=GRADE_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("ids", nargs="*", metavar="ID", help="what to grade; everything started if omitted")
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--solution", action="store_true", help="grade the reference solution")
    target.add_argument("--starter", action="store_true", help="grade the untouched stubs")
    target.add_argument("--target", type=_named, metavar="DIR", help="grade another folder")
    target.add_argument("--url", type=_named, metavar="URL", help="grade a service that already runs")
    runtime_options(parser)
    parser.add_argument("--no-tick", action="store_true", help="leave progress.md as it is")
    parser.add_argument("--keep", action="store_true", help="keep the service up afterwards, until Ctrl-C")
    parser.add_argument("--json", metavar="FILE", help="write the report as JSON; - for stdout")
    parser.add_argument("--markdown", metavar="FILE", help="append the report as Markdown (job summaries)")
    parser.add_argument("--annotations", action="store_true", help="print GitHub annotations")
    parser.add_argument("--version", action="store_true", help="print the version")
    return parser


def runtime_options(parser: argparse.ArgumentParser) -> None:
    """Add what every command that starts an app takes."""
    parser.add_argument("--runtime", choices=RUNTIMES, default="auto", help="where the service runs")
    parser.add_argument("--seed", type=int, metavar="N", help="repeat a run's random data")


def _named(text: str) -> str:
    """Refuse an empty value, as of an unset variable in a script: it must not mean one's own folder."""
    if not text:
        raise argparse.ArgumentTypeError("it is empty")
    return text


def command_parser(name: str) -> argparse.ArgumentParser:
    """Return the parser of `grade NAME`."""
    parser = Parser(prog=f"grade {name}", description=_COMMANDS[name], allow_abbrev=False)
    match name:
        case "list":
            parser.add_argument("ids", nargs="*", metavar="ID", help="only these, with their checks")
        case "start":
            parser.add_argument("exercise")
            parser.add_argument(
                "--from", dest="base", choices=("mine", "solution"), default="mine", help="what to build on"
            )
        case "reset" | "hint":
            parser.add_argument("exercise" if name == "reset" else "line")
        case "run":
            parser.add_argument("exercise")
            target = parser.add_mutually_exclusive_group()
            target.add_argument("--solution", action="store_true", help="run the reference solution")
            target.add_argument("--target", type=_named, metavar="DIR", help="run another folder")
            runtime_options(parser)
        case "solution":
            parser.add_argument("exercise")
            parser.add_argument("folder", metavar="DIR")
    if name == "hint":
        parser.add_argument("--all", action="store_true", help="every rung of the ladder at once")
    return parser


_COMMANDS = {
    "list": "List the exercises, their lines and, for those named, their checks.",
    "status": "Show where you stand on the roadmap.",
    "start": "Make the folder of the next phase: your app so far, then what the phase adds.",
    "reset": "Restore the pristine starter; your tree is kept beside it.",
    "run": "Start a service the way the grader does, and keep it up until Ctrl-C.",
    "hint": "Show the next hint of a line.",
    "solution": "Write the reference solution of an exercise into a new folder.",
    "doctor": "Tell whether this machine can grade, and how.",
}

COMMANDS = tuple(_COMMANDS)
