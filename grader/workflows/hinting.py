"""The ladder of hints: each call shows one rung more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from grader.content import hints
from grader.model.problem import Blame, stopped

if TYPE_CHECKING:
    from pathlib import Path

    from grader.content.catalog import Catalog
    from grader.workflows.places import Places

FILE = "hints.json"


def next_hint(catalog: Catalog, where: Places, line: str, *, whole: bool = False) -> str:
    """Return the next rung of a line's ladder, or all of it; remembers how far the learner went.

    Raises `StoppedError` (usage) for what is no line of an exercise.
    """
    selection = catalog.resolve([line])[0]
    if len({check.line for check in selection.checks}) != 1:
        names = ", ".join(each.id for each in selection.exercise.lines)
        raise stopped(
            Blame.USAGE, "content", f"{line} is an exercise; hints belong to lines.", f"One of: {names}"
        )
    full = selection.checks[0].line
    rungs = hints.read(selection.exercise).get(full, ())
    if not rungs:
        return f"There are no hints for {full} yet; its brief is the best help there is."
    if whole:
        return "\n\n".join(f"{number}. {rung}" for number, rung in enumerate(rungs, 1))
    shown = _advance(where.state / FILE, full, len(rungs))
    more = "That was the last one." if shown == len(rungs) else f"The next one: grade hint {full}"
    return f"Hint {shown} of {len(rungs)}\n\n{rungs[shown - 1]}\n\n{more}"


def _advance(path: Path, line: str, last: int) -> int:
    """Return the number of the rung to show, and remember it; a lost memory begins anew."""
    try:
        seen = json.loads(path.read_text(encoding="utf-8"))
        number = min(int(seen.get(line, 0)) + 1, last)
    except (OSError, ValueError, AttributeError):
        seen, number = {}, 1
    path.write_text(json.dumps({**seen, line: number}), encoding="utf-8")
    return number
