"""Where things lie on this machine: the repository's own state, the user's cache, the runs."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from grader.model.problem import Blame, stopped

NAME = "backend-roadmap-grader"
CACHE_VARIABLE = "GRADE_CACHE"


@dataclass(frozen=True, kw_only=True)
class Places:
    """The folders a workflow uses; all but `root` are made when first asked for.

    `state` belongs to the repository (history, locks, the target of `grade run`), `cache` outlives runs
    and is shared by all clones of a user, `runs` holds one private folder per live run.
    """

    root: Path
    state: Path
    cache: Path
    runs: Path


def places(root: Path) -> Places:
    """Return the places of a repository. Raises `StoppedError` (ours) where a folder cannot be made."""
    found = Places(root=root, state=root / ".grade", cache=_cache(), runs=_runs())
    for folder, mode in ((found.state, 0o755), (found.cache, 0o755), (found.runs, 0o711)):
        _make(folder, mode)
    return found


def _cache() -> Path:
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).resolve()
    if _is_root():
        # Postgres refuses to run as root, and the user it then runs as may not look below /root.
        return Path("/var/cache") / NAME
    from platformdirs import user_cache_path  # noqa: PLC0415 - not needed as root

    return user_cache_path(NAME)


def _runs() -> Path:
    user = os.getuid() if hasattr(os, "getuid") else "user"
    try:
        folder = tempfile.gettempdir()
    except FileNotFoundError as error:
        remedy = "Make room on the disk, or set TMPDIR to a folder that can be written."
        raise stopped(Blame.OURS, "set-up", f"{error.strerror}.", remedy) from None
    return Path(folder).resolve() / f"{NAME}-{user}"


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _make(folder: Path, mode: int) -> None:
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
        owner = folder.stat().st_uid
    except OSError as error:
        raise stopped(
            Blame.OURS,
            "set-up",
            f"The folder {folder} cannot be made: {error.strerror}.",
            f"Make it writable, or name another cache folder in {CACHE_VARIABLE}.",
        ) from None
    if hasattr(os, "getuid") and folder.name.startswith(f"{NAME}-") and owner != os.getuid():
        raise stopped(
            Blame.OURS,
            "set-up",
            f"{folder} belongs to another user, who could change what is graded there.",
            f"Remove it, or set TMPDIR to a folder of your own: {folder.parent} is shared.",
        )
