"""Reads what an app says about itself: package.json, or a Procfile where there is none."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grader.model.problem import Blame, stopped

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


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
        raise _broken(f"cannot be read: {error}") from error
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _broken(f"is not valid JSON: {error}") from error
    if not isinstance(data, dict):
        raise _broken("must hold a JSON object")
    scripts = data.get("scripts")
    texts = scripts.items() if isinstance(scripts, dict) else ()
    return Package(
        name=str(data.get("name", "")),
        version=str(data.get("version", "")),
        scripts={name: command for name, command in texts if isinstance(command, str)},
        raw=data,
    )


def read_procfile(root: Path) -> dict[str, str] | None:
    """Return the commands of the app's Procfile by name, None if it has none."""
    try:
        lines = (root / "Procfile").read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise stopped(Blame.LEARNER, "build", f"Procfile cannot be read: {error}") from error
    entries = (line.partition(":") for line in lines if ":" in line and not line.lstrip().startswith("#"))
    return {name.strip(): command.strip() for name, _, command in entries if command.strip()}


def _broken(what: str) -> Exception:
    return stopped(
        Blame.LEARNER, "build", f"package.json {what}", "mend package.json; `npm pkg fix` may help"
    )
