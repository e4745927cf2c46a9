"""Every exercise is complete and keeps to the rules that its readers rely on."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from grader.content import audit, layers, mutants
from grader.runtimes.base import POWERS

if TYPE_CHECKING:
    from pathlib import Path

    from grader.content.catalog import Catalog
    from grader.model.exercise import Exercise

MADE_BY_TOOLS = {"__pycache__", ".pytest_cache", ".ruff_cache", ".DS_Store"}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*")} - MADE_BY_TOOLS


def test_files_of_an_exercise_keep_the_rules(exercise: Exercise, catalog: Catalog) -> None:
    """Lines, brief, hints and checks are complete and keep to what their readers rely on."""
    assert list(audit.complaints(catalog, exercise)) == []


def test_needs_name_powers(exercise: Exercise) -> None:
    """A check asks for powers that a runtime may have."""
    unknown = [(c.id, power) for c in exercise.checks for power in c.needs if power not in POWERS]
    assert unknown == []


def test_requires_name_extras(exercise: Exercise, catalog: Catalog) -> None:
    """What the checks import beyond the kit can be installed by that name."""
    project = tomllib.loads((catalog.root / "pyproject.toml").read_text())["project"]
    assert set(exercise.requires) <= set(project["optional-dependencies"])


def test_phases_hold_exercises_only(catalog: Catalog) -> None:
    """Nothing lies beside the exercises, and layers are called like them."""
    known = {folder.name for folder in catalog.folders.values()}
    assert names(catalog.root / "phases") == known
    assert {name for name in names(catalog.root / "solutions") if not name.startswith(".")} <= known
    kept = {name for name in names(catalog.root / "starters") if ".old-" in name or name.startswith(".")}
    assert names(catalog.root / "starters") - kept <= known


def test_mutants_fit_the_solution(exercise: Exercise, catalog: Catalog, tmp_path: Path) -> None:
    """Every mutant still applies; the solution has not moved on without it."""
    parts = layers.solution_layers(catalog, exercise)
    for mutant in mutants.mutants(catalog, exercise):
        before = layers.materialise(parts, tmp_path / mutant.name)
        assert mutants.apply(mutant, tmp_path / mutant.name, exercise) != before


def test_variants_are_whole_apps(exercise: Exercise, catalog: Catalog, tmp_path: Path) -> None:
    """Every variant can be written out."""
    for variant in mutants.variants(exercise):
        assert mutants.materialise_variant(catalog, exercise, variant, tmp_path / variant.name)


@pytest.mark.usefixtures("as_delivered")
def test_archives_hold_the_starters(exercise: Exercise, catalog: Catalog) -> None:
    """What `grade reset` restores is the starter as it is delivered."""
    assert list(audit.stale_archive(catalog, exercise)) == []
