"""Names of an app's processes: `worker`, and `worker-2`, `worker-3` for further copies of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from grader.model.problem import Blame, stopped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

WEB = "web"
MOST = 8
"""Copies of one process."""
_COPY = re.compile(r"(?P<process>.+)-(?P<number>[2-9])")


def process_of(label: str, known: Collection[str]) -> str:
    """Return the process of which a label names a copy; raises `StoppedError` for one there is not."""
    match = _COPY.fullmatch(label)
    for name in (label, match["process"] if match else ""):
        if name in known:
            return name
    raise stopped(Blame.OURS, "suite", f"the app has no process `{label}`; it has {', '.join(known)}")


def copies(process: str, count: int) -> list[str]:
    """Return the labels of so many copies of a process; raises `StoppedError` for too many."""
    if not 0 <= count <= MOST or process == WEB:
        raise stopped(
            Blame.OURS, "suite", f"{count} copies of `{process}` cannot be had: 0 to {MOST}, no web"
        )
    return [process if number == 1 else f"{process}-{number}" for number in range(1, count + 1)]


def chosen(wanted: Sequence[str] | None, known: Collection[str]) -> list[str]:
    """Return the processes to start, `web` last: once it answers, the others have begun too."""
    names = list(known) if wanted is None else [process_of(name, known) for name in wanted]
    if WEB not in names:
        raise stopped(Blame.OURS, "suite", "an instance needs its process `web`")
    return web_last(names)


def meant(label: str | None, there: Collection[str]) -> list[str]:
    """Return the labels that a power means, None being all; raises `StoppedError` for one there is not."""
    if label is not None and label not in there:
        raise stopped(
            Blame.OURS, "suite", f"no process `{label}` was started; there are: {', '.join(there) or 'none'}"
        )
    return [one for one in there if label in {None, one}]


def web_last(names: Iterable[str]) -> list[str]:
    """Return names in their order, `web` last."""
    return sorted(names, key=lambda name: name == WEB)


def shown(label: str) -> str:
    """Return a label as log lines and states carry it: empty for `web`."""
    return "" if label == WEB else label
