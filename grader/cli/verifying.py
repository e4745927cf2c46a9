"""`dev verify`: progress as it goes, the kill matrix at the end."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from grader.content.catalog import Catalog, find_root
from grader.exporters import kill_matrix
from grader.exporters.console.verify import print_kill_matrix
from grader.exporters.printable import printable
from grader.exporters.words import duration
from grader.model.problem import Blame, stopped
from grader.runtimes import registry
from grader.workflows.places import places
from grader.workflows.verify.run import Request, verify

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from grader.model.verify import VerifyResult

MATRIX_FILE = "kill-matrix.txt"


def run(options: argparse.Namespace) -> int:
    """Verify and return the exit code: 0 if everything is as it must be, else 1."""
    root = find_root(Path(__file__).parent)
    catalog = Catalog(root)
    where = places(root)
    request = Request(
        exercises=tuple(selection.exercise for selection in catalog.resolve(options.exercises)),
        runtimes=_runtimes(options),
        full=options.full,
        sample=options.sample,
        seed=options.seed,
        names=tuple(options.only or ()),
        jobs=options.jobs,
    )
    sampled = options.sample or bool(options.only)
    began = time.monotonic()
    results = verify(request, catalog, where, _tell)
    print_kill_matrix(results, sys.stdout, sampled=sampled)
    matrix = kill_matrix.kill_matrix(results, sampled=sampled)
    (where.state / MATRIX_FILE).write_text(matrix, encoding="utf-8")
    if options.json:
        Path(options.json).write_text(json.dumps([asdict(r) for r in results], indent=1), encoding="utf-8")
    return _close(results, time.monotonic() - began)


def _runtimes(options: argparse.Namespace) -> tuple[str, ...]:
    if options.runtime:
        return (options.runtime,)
    if not options.full:
        return ("process",)
    if registry.choose("auto")[0] != "docker":
        raise stopped(
            Blame.MISSING,
            "verify",
            "A full verification needs a Docker engine, and none answers.",
            "Start one (scripts/prepare-engine), or verify one runtime: --runtime process",
        )
    return ("process", "docker")


def _tell(result: VerifyResult) -> None:
    mark = "ok  " if result.ok else "BAD "
    where = f" in {result.runtime}" if result.runtime else ""
    print(
        f"{mark} {result.exercise} {result.subject.value} {result.name}{where}  {result.seconds:.1f} s",
        flush=True,
    )
    if not result.ok:
        print(printable(result.message))
    for note in result.notes:
        print(f"note: {printable(note)}")


def _close(results: Sequence[VerifyResult], seconds: float) -> int:
    bad = [result for result in results if not result.ok]
    print(f"verify: {len(results) - len(bad)} of {len(results)} as they must be, in {duration(seconds)}")
    return 1 if bad else 0
