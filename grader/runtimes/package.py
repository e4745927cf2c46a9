"""Reads what an app says about itself: package.json, or a Procfile where there is none."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grader.model.problem import Blame, stopped

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_MAX_TEXT = 32 * 1024


@dataclass(frozen=True)
class Package:
    """A package.json that was read; `scripts` holds only what is text."""

    name: str
    version: str
    scripts: Mapping[str, str]
    raw: Mapping[str, Any] = field(default_factory=dict)


def read_package(root: Path) -> Package | None:
    """Return the app's package.json, None if it has none.

    Raises `StoppedError` (learner) for one that cannot be read.
    """
    try:
        text = (root / "package.json").read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _broken(f"cannot be read: {_words(error)}") from error
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _broken(f"is not valid JSON: {error}") from error
    if not isinstance(data, dict):
        raise _broken("must hold a JSON object")
    found = data.get("scripts")
    texts = found.items() if isinstance(found, dict) else ()
    scripts = {name: command for name, command in texts if isinstance(command, str)}
    name, version = str(data.get("name", "")), str(data.get("version", ""))
    for what, value in {"name": name, "version": version, **scripts}.items():
        if fault := _fault(value):
            raise _broken(f"holds a `{what[:80]}` that {fault}")
    return Package(name=name, version=version, scripts=scripts, raw=data)


def read_procfile(root: Path) -> dict[str, str] | None:
    """Return the commands of the app's Procfile by name, None if it has none."""
    try:
        lines = (root / "Procfile").read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _bad_procfile(f"cannot be read: {_words(error)}") from error
    entries = (line.partition(":") for line in lines if ":" in line and not line.lstrip().startswith("#"))
    commands = {name.strip(): command.strip() for name, _, command in entries if command.strip()}
    for name, command in commands.items():
        if fault := _fault(command):
            raise _bad_procfile(f"holds a `{name[:80]}` that {fault}")
    return commands


def _fault(text: str) -> str:
    """Return why no process can be given a text, empty if one can."""
    if "\0" in text:
        return "contains a NUL character"
    if len(text) > _MAX_TEXT:
        return f"is longer than {_MAX_TEXT} characters"
    return "contains half a character" if any("\ud800" <= char <= "\udfff" for char in text) else ""


def _words(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else "it is not UTF-8"


def _bad_procfile(what: str) -> Exception:
    return stopped(Blame.LEARNER, "build", f"Procfile {what}", "mend it: a line `web: COMMAND`, in UTF-8")


def _broken(what: str) -> Exception:
    return stopped(
        Blame.LEARNER, "build", f"package.json {what}", "mend package.json; `npm pkg fix` may help"
    )
