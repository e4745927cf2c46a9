"""Files of an exercise that go into the app when it is built, for the extension points its brief names."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path, PurePath

FOLDER = ".grader-plugins"
"""Where they stand inside the app."""


def copy_in(plugins: Sequence[Path], root: Path, digest: str) -> tuple[tuple[str, ...], str]:
    """Copy files into an app; return their names, and the app's digest with theirs. A later name wins."""
    by_name = {path.name: path for path in plugins}
    if not by_name:
        return (), digest
    _emptied(root / FOLDER)
    whole = hashlib.sha256(digest.encode())
    for name, path in sorted(by_name.items()):
        shutil.copyfile(path, root / FOLDER / name)
        whole.update(f" {name} ".encode() + hashlib.sha256(path.read_bytes()).digest())
    return tuple(sorted(by_name)), whole.hexdigest()


def paths(names: Sequence[str], root: PurePath) -> dict[str, str]:
    """Return what `{plugin:NAME}` stands for, with the app at `root`."""
    return {f"plugin:{name}": str(root / FOLDER / name) for name in names}


def _emptied(folder: Path) -> None:
    """Make a new folder in place of whatever the app has there."""
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder)
    else:
        folder.unlink(missing_ok=True)
    folder.mkdir()
