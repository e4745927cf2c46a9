"""hints.md: for each line a ladder of hints, from a nudge to nearly the answer.

A heading `## jwt` names the line; each item of the numbered list below it is one rung, its indented
paragraphs and code blocks included. Text between the heading and the list belongs to no rung.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from grader.content.complaints import content_error, nearest, read_text, shown
from grader.content.markdown import Hidden

if TYPE_CHECKING:
    from grader.model.exercise import Exercise

FILE = "hints.md"

_HEADING = re.compile(r"##[ \t]+`?(?P<line>[^`\s]+)`?[ \t]*")
_ITEM = re.compile(r"(?P<indent>[0-9]{1,9}[.)][ \t]+)(?P<text>.*)")


def read(exercise: Exercise) -> dict[str, tuple[str, ...]]:
    """Return the rungs of each line by full id, in order; empty without a hints.md.

    Raises `StoppedError` (usage, stage `content`) for a heading that names no line.
    """
    path = exercise.root / FILE
    if not path.exists():
        return {}
    known = {line.id for line in exercise.lines}
    found: dict[str, tuple[str, ...]] = {}
    for heading, rungs in sections(read_text(path)).items():
        line = f"{exercise.id}.{heading.removeprefix(f'{exercise.id}.')}"
        if line not in known:
            raise content_error(f"{shown(path)}: `## {heading}` names no line.", nearest(line, known))
        found[line] = rungs
    return found


def sections(text: str) -> dict[str, tuple[str, ...]]:
    """Return the rungs below each `##` heading, by its words."""
    found: dict[str, list[list[str]]] = {}
    rungs: list[list[str]] = []
    hidden = Hidden()
    for line in text.splitlines():
        code = hidden.feed(line)
        if not code and (heading := _HEADING.fullmatch(line)):
            rungs = found.setdefault(heading["line"], [])
        elif not code and (item := _ITEM.fullmatch(line)):
            rungs.append([" " * len(item["indent"]) + item["text"]])
        elif rungs and (not line.strip() or line[0] in " \t"):
            rungs[-1].append(line)
        elif rungs and not code:
            # A paragraph's next line may hang at the margin.
            rungs[-1].append(_indent(rungs[-1][0]) + line)
    return {name: tuple(_clean(rung) for rung in below) for name, below in found.items()}


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _clean(rung: list[str]) -> str:
    return textwrap.dedent("\n".join(rung)).strip()
