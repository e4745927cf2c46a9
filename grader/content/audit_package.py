"""The stacked solution and starter install by plain `npm ci`: package.json and lockfile belong together."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from grader.content import layers
from grader.content.merging import LOCK, PACKAGE, read_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grader.content.catalog import Catalog
    from grader.model.exercise import Exercise

TABLES = ("dependencies", "devDependencies", "optionalDependencies")
MEND = "npm install --package-lock-only"


def complaints(catalog: Catalog, exercise: Exercise) -> Iterator[str]:
    """Complain about a stack whose lockfile npm would refuse, or that has none."""
    if not all(catalog.solution(item).is_dir() for item in catalog.chain(exercise)):
        return  # whoever needs it says so
    for kind, find in (("solution", layers.solution_layers), ("starter", layers.starter_layers)):
        with tempfile.TemporaryDirectory() as name:
            layers.materialise(find(catalog, exercise), Path(name))
            told = _of_app(Path(name))
        if told:
            yield f"The stacked {kind} of {exercise.id} {told}: {MEND}"


def _of_app(app: Path) -> str:
    """Return what is wrong with an app's package.json and lockfile, or an empty text."""
    if not (app / PACKAGE).is_file():
        return ""
    if not (app / LOCK).is_file():
        return f"has a {PACKAGE} and no {LOCK}"
    asked, packages = read_json(app / PACKAGE), read_json(app / LOCK).get("packages", {})
    root = packages.get("", {}) if isinstance(packages, dict) else {}
    differing = [table for table in TABLES if asked.get(table, {}) != root.get(table, {})]
    return f"has a {LOCK} of another {PACKAGE} ({', '.join(differing)})" if differing else ""
