"""How this package says that the repository's own content is wrong, and what was probably meant."""

from __future__ import annotations

import difflib
import os
from typing import TYPE_CHECKING

from grader.model.problem import Blame, StoppedError, stopped

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def content_error(message: str, remedy: str = "", exercise: str = "") -> StoppedError:
    """Return the exception for content that an author must mend."""
    return stopped(Blame.USAGE, "content", message, remedy, exercise=exercise)


def nearest(word: str, words: Iterable[str]) -> str:
    """Return `did you mean a, b?` for the closest of `words`, or nothing when none is close."""
    found = difflib.get_close_matches(word, sorted(set(words)), n=3, cutoff=0.5)
    return f"did you mean {', '.join(found)}?" if found else ""


def printable(path: str | os.PathLike[str]) -> str:
    """Return a path as text that any terminal can take: odd bytes and control characters escaped."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def shown(path: Path, levels: int = 2) -> str:
    """Return the last `levels` folders of a path and its name: how people find it in the repository."""
    return printable("/".join(path.parts[-levels - 1 :]))


def read_text(path: Path) -> str:
    """Return a content file's text. Raises `StoppedError` (usage) when it is missing or not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise content_error(f"{shown(path)} does not exist.", "Restore it with git.") from None
    except UnicodeDecodeError as error:
        raise content_error(
            f"{shown(path)} is not UTF-8 at byte {error.start}.", "Save it as UTF-8."
        ) from error
    except OSError as error:
        raise content_error(f"{shown(path)} cannot be read: {error.strerror}.") from error
