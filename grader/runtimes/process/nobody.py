"""Servers that are not to run as root run as `nobody`, on data that lie where `nobody` can reach them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

NAME = "nobody"
_MEMORY_NEEDED = 2 << 30


def root() -> bool:
    """Tell whether the grader itself runs as root."""
    return os.geteuid() == 0


def user() -> dict[str, Any]:
    """Return how Popen drops root; nothing for whom is not root."""
    if not root():
        return {}
    import pwd  # noqa: PLC0415 - not on every system

    return {"user": NAME, "group": pwd.getpwnam(NAME).pw_gid, "extra_groups": []}


def data_home(cache: Path) -> Path:
    """Return where runs keep their data: in memory where there is plenty, else in the cache.

    Removing the 1500 files of a data folder takes a disk up to 0.7 s.
    """
    memory = Path("/dev/shm")  # noqa: S108 - the folder below is private and has a random name
    if memory.is_dir() and os.access(memory, os.W_OK | os.X_OK):
        space = os.statvfs(memory)
        if space.f_bavail * space.f_frsize > _MEMORY_NEEDED:
            return memory
    home = cache / "data"
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o755)
    return home
