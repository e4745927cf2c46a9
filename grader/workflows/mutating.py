"""`dev mutant`: a work tree to edit, the suite run on the edit, and the mutant's patch with its header."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from grader.content import layers, recording, snapshot
from grader.content.complaints import content_error
from grader.model.outcome import Outcome
from grader.workflows import session
from grader.workflows.subjects import Kind, Subject

if TYPE_CHECKING:
    from pathlib import Path

    from grader.content.catalog import Catalog, Selection
    from grader.model.events import Listener
    from grader.model.report import ExerciseReport
    from grader.workflows.places import Places

FOLDER = "mutants"
DIGEST = ".solution"
"""Ends the name of the file beside a work tree that holds the digest of the solution it was made from."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is wrong; `selection` holds the checks to run; `name` is made of the description if None."""

    selection: Selection
    description: str
    name: str | None
    runtime: str
    seed: int

    def words(self) -> str:
        """Return the description as one sentence."""
        text = " ".join(self.description.split())
        return text if text.endswith((".", "!", "?")) else f"{text}."


@dataclass(frozen=True, kw_only=True)
class Made:
    """A mutant that was written to `path`; `fails` is what its header says."""

    path: Path
    fails: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines whose checks fail on it."""
        return tuple(dict.fromkeys(id_.rpartition(".")[0] for id_ in self.fails))


@dataclass(frozen=True, kw_only=True)
class NotMade:
    """Why no mutant was written: it does not run, our own checks break, or nobody notices (`survived`)."""

    why: str
    survived: bool = False
    checks: int = 0


def tree_of(where: Places, selection: Selection) -> Path:
    """Return where the work tree of an exercise is, or would be."""
    return where.state / FOLDER / selection.exercise.name


def prepare(catalog: Catalog, where: Places, selection: Selection) -> Path:
    """Make the work tree, a whole copy of the stacked solution, and return it; a former one is removed.

    Raises `StoppedError` (usage) when the solution has changes that are not committed.
    """
    exercise, folder = selection.exercise, tree_of(where, selection)
    changed = recording.uncommitted(catalog, exercise)
    if changed:
        raise content_error(
            f"The solution has changes that are not committed: {', '.join(changed)}.",
            "Commit them first. If they are the mutant, undo them there and make them in the work tree.",
        )
    forget(where, selection)
    digest = layers.write_solution(catalog, exercise, folder)
    folder.with_name(folder.name + DIGEST).write_text(digest, encoding="utf-8")
    return folder


def forget(where: Places, selection: Selection) -> None:
    """Remove the work tree, if there is one."""
    folder = tree_of(where, selection)
    shutil.rmtree(folder, ignore_errors=True)
    folder.with_name(folder.name + DIGEST).unlink(missing_ok=True)


def record(request: Request, catalog: Catalog, where: Places, listen: Listener) -> Made | NotMade:
    """Run the checks on the edited work tree and write the mutant; the tree is removed once it is written.

    Raises `StoppedError` (usage) for an unedited tree, a solution that has moved on, or a taken name.
    """
    exercise, folder = request.selection.exercise, tree_of(where, request.selection)
    description = request.words()
    path = recording.path_of(exercise, request.name or recording.slug(description))
    patch = _patch(request, catalog, folder)
    part = _run(request, catalog, where, listen)
    refused = _refused(part)
    if refused is not None:
        return refused
    everything = (*part.regressions, *part.checks)
    fails = tuple(check.id for check in everything if check.outcome is Outcome.FAIL)
    recording.write(path, description, fails, patch)
    forget(where, request.selection)
    return Made(path=path, fails=fails)


def _patch(request: Request, catalog: Catalog, folder: Path) -> str:
    exercise = request.selection.exercise
    made_from = folder.with_name(folder.name + DIGEST).read_text(encoding="utf-8")
    if made_from != recording.solution_digest(catalog, exercise):
        message = f"The solution of {exercise.id} has changed since its work tree was made."
        raise content_error(message, "Begin again from the new one: --fresh (your edit there is lost)")
    patch = recording.diff(catalog, exercise, folder)
    if not patch:
        raise content_error(
            f"Nothing is edited in {folder}.", "Make the app wrong there, then run this again."
        )
    return patch


def _run(request: Request, catalog: Catalog, where: Places, listen: Listener) -> ExerciseReport:
    selection = request.selection
    folder = tree_of(where, selection)
    subject = Subject(kind=Kind.DIRECTORY, folder=folder)
    asked = session.job_of(selection, catalog, subject, request.runtime, request.seed)
    job = replace(asked, prepared=lambda copy: snapshot.take(folder, copy))
    return session.grade(job, where, listen).part


def _refused(part: ExerciseReport) -> NotMade | None:
    if part.problem is not None:
        text = f"{part.problem.stage}: {part.problem.message} {part.problem.log}".strip()
        return NotMade(why=f"It does not run, and a mutant must: {text}")
    everything = (*part.regressions, *part.checks)
    errors = [f"{check.id} ({check.reason})" for check in everything if check.outcome is Outcome.ERROR]
    if errors:
        return NotMade(why=f"Checks break on it, which is a defect of theirs: {'; '.join(errors)}")
    if all(check.outcome is not Outcome.FAIL for check in everything):
        return NotMade(why="Not one check fails on it.", survived=True, checks=len(everything))
    return None
