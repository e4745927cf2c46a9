from __future__ import annotations

import multiprocessing
import os
from typing import TYPE_CHECKING

import pytest

from grader.model.problem import Blame, StoppedError
from grader.runtimes import registry
from grader.workflows import runs
from grader.workflows.places import Places, places

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """Places below a temporary folder."""
    monkeypatch.setenv("GRADE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return places(tmp_path / "repository")


def test_run_folder_is_gone_afterwards(where: Places) -> None:
    """A run's folder lives as long as the run."""
    with runs.new_run(where) as (_, folder):
        assert folder.is_dir()

    assert list(where.runs.iterdir()) == []


def test_sweep_leaves_a_live_run_alone(where: Places) -> None:
    """What belongs to a run whose owner lives is never removed."""
    with runs.new_run(where) as (_, folder):
        assert runs.sweep(where) == ()
        assert folder.is_dir()


def _die_in_a_run(where: Places) -> None:
    with runs.new_run(where):
        os._exit(9)


def test_sweep_removes_what_a_killed_run_left(where: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that was killed is swept, and its runtimes are told."""
    child = multiprocessing.get_context("fork").Process(target=_die_in_a_run, args=(where,))
    child.start()
    child.join()
    (dead,) = where.runs.iterdir()
    told: list[Path] = []
    monkeypatch.setattr(registry, "sweep", told.extend)

    assert (runs.sweep(where), told, list(where.runs.iterdir())) == ((dead.name,), [dead], [])


def test_second_run_of_one_folder_is_refused(where: Places, tmp_path: Path) -> None:
    """Two grades of one folder at once: the second is told who holds it."""
    target = tmp_path / "phase1-rest-api"
    with runs.only_one(where, target), pytest.raises(StoppedError) as caught, runs.only_one(where, target):
        pass

    assert caught.value.problem.blame == Blame.BUSY
    assert str(os.getpid()) in caught.value.problem.message


def test_folder_is_free_again_after_a_run(where: Places, tmp_path: Path) -> None:
    """The lock ends with the run."""
    target = tmp_path / "phase1-rest-api"
    with runs.only_one(where, target):
        pass
    with runs.only_one(where, target):
        pass


def test_runs_folder_of_another_user_is_refused(
    where: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder in a shared place that somebody else made could be changed by them."""
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    (tmp_path / "backend-roadmap-grader-12345").mkdir()

    with pytest.raises(StoppedError) as caught:
        places(tmp_path / "repository")

    assert "belongs to another user" in caught.value.problem.message
