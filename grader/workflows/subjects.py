"""What is graded: the learner's folder, the reference, the stubs, another folder, or a URL."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from grader.content import layers, snapshot
from grader.model.problem import Blame, stopped

if TYPE_CHECKING:
    from pathlib import Path

    from grader.content.catalog import Catalog
    from grader.model.exercise import Exercise


class Kind(StrEnum):
    """Whose work is graded; only `own` and `url` change progress.md."""

    OWN = "own"
    SOLUTION = "solution"
    STARTER = "starter"
    DIRECTORY = "directory"
    URL = "url"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One thing to grade; `folder` or `url` is set for the kinds that need it."""

    kind: Kind
    folder: Path | None = None
    url: str | None = None

    def name(self, catalog: Catalog, exercise: Exercise) -> str:
        """Return what people call it."""
        match self.kind:
            case Kind.URL:
                return str(self.url)
            case Kind.OWN:
                return str(catalog.starter(exercise).relative_to(catalog.root))
            case Kind.DIRECTORY:
                return str(self.folder)
            case Kind.SOLUTION:
                return f"the solution of {exercise.id}"
            case Kind.STARTER:
                return f"the starter of {exercise.id}"


def copy(subject: Subject, catalog: Catalog, exercise: Exercise, destination: Path) -> str:
    """Put a private copy of the app into `destination`, which must not exist; return its SHA-256.

    Raises `StoppedError` (learner) for a folder that cannot be graded.
    """
    match subject.kind:
        case Kind.OWN:
            layers.require_started(catalog, exercise)
            return snapshot.take(catalog.starter(exercise), destination)
        case Kind.DIRECTORY:
            assert subject.folder is not None
            return snapshot.take(subject.folder, destination)
        case Kind.SOLUTION:
            return layers.materialise(layers.solution_layers(catalog, exercise), destination)
        case Kind.STARTER:
            return layers.materialise(layers.starter_layers(catalog, exercise), destination)
        case Kind.URL:
            raise stopped(Blame.OURS, "snapshot", "A service that already runs has no folder to copy.")
