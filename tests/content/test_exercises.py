"""Every exercise is complete and keeps to the rules that its readers rely on."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from grader.content import brief, hints, layers, mutants, pristine
from grader.content.checks import file_name
from grader.model.outcome import Tier
from grader.runtimes.base import POWERS

if TYPE_CHECKING:
    from pathlib import Path

    from grader.content.catalog import Catalog
    from grader.model.exercise import Exercise

ALLOWED = {"README.md", "exercise.toml", "hints.md", "openapi.yaml", "support.py", "mutants", "variants"}
MADE_BY_TOOLS = {"__pycache__", ".pytest_cache", ".ruff_cache", ".DS_Store"}
MAX_GATES = 2
MIN_RUNGS = 2


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*")} - MADE_BY_TOOLS


def test_every_line_has_a_core_check(exercise: Exercise) -> None:
    """What ticks a line are its core checks, so there is at least one."""
    without = [line.id for line in exercise.lines if all(c.tier is not Tier.CORE for c in line.checks)]
    assert without == []


def test_gates_are_few(exercise: Exercise) -> None:
    """Later phases re-run at most two checks of a line."""
    many = [line.id for line in exercise.lines if sum(c.gate for c in line.checks) > MAX_GATES]
    assert many == []


def test_needs_name_powers(exercise: Exercise) -> None:
    """A check asks for powers that a runtime may have."""
    unknown = [(c.id, power) for c in exercise.checks for power in c.needs if power not in POWERS]
    assert unknown == []


def test_requires_name_extras(exercise: Exercise, catalog: Catalog) -> None:
    """What the checks import beyond the kit can be installed by that name."""
    project = tomllib.loads((catalog.root / "pyproject.toml").read_text())["project"]
    assert set(exercise.requires) <= set(project["optional-dependencies"])


def test_brief_has_each_lines_heading(exercise: Exercise) -> None:
    """The link of every line leads somewhere."""
    found = brief.anchors((exercise.root / brief.FILE).read_text())
    assert [line.brief for line in exercise.lines if line.brief not in found] == []


def test_hints_have_a_ladder_for_each_line(exercise: Exercise) -> None:
    """A stuck learner finds more than one rung."""
    found = hints.read(exercise)
    assert [line.id for line in exercise.lines if len(found.get(line.id, ())) < MIN_RUNGS] == []


def test_exercise_has_no_stray_files(exercise: Exercise) -> None:
    """A folder of phases holds what the format knows and nothing else, no conftest.py above all."""
    tests = {file_name(line.id) for line in exercise.lines}
    assert names(exercise.root) - ALLOWED - tests == set()
    stray = [path.name for path in (exercise.root / "mutants").glob("*") if path.suffix != ".patch"]
    assert stray == []


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
    for mutant in mutants.mutants(exercise):
        before = layers.materialise(parts, tmp_path / mutant.name)
        assert mutants.apply(mutant, tmp_path / mutant.name, exercise) != before


def test_variants_are_whole_apps(exercise: Exercise, catalog: Catalog, tmp_path: Path) -> None:
    """Every variant can be written out."""
    for variant in mutants.variants(exercise):
        assert mutants.materialise_variant(catalog, exercise, variant, tmp_path / variant.name)


@pytest.mark.usefixtures("as_delivered")
def test_archives_hold_the_starters(exercise: Exercise, catalog: Catalog) -> None:
    """What `grade reset` restores is the starter as it is delivered."""
    remake = 'python -c "from grader.content import pristine; pristine.write_all()"'
    assert pristine.matches(catalog, exercise), f"the starter changed; if on purpose: {remake}"
