"""Ids that people type become exercises, lines and checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grader.content.catalog import Catalog, find_root
from grader.model.problem import Blame, Problem, StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def catalog(repository: Path) -> Catalog:
    return Catalog(repository)


def add(repository: Path, name: str, manifest_id: str, extra: str = "") -> Path:
    source = repository / "phases" / "phase1-shop"
    folder = repository / "phases" / name
    folder.mkdir()
    for path in source.iterdir():
        (folder / path.name).write_text(path.read_text())
    text = (source / "exercise.toml").read_text()
    kind = manifest_id.rstrip("0123456789")
    text = text.replace('"phase1"', f'"{manifest_id}"').replace('kind = "phase"', f'kind = "{kind}"\n{extra}')
    (folder / "exercise.toml").write_text(text)
    return folder


def refused(catalog: Catalog, word: str) -> Problem:
    with pytest.raises(StoppedError) as caught:
        catalog.resolve([word])
    assert caught.value.problem.blame is Blame.USAGE
    return caught.value.problem


def test_find_root_climbs(repository: Path) -> None:
    """The repository is found from a folder deep inside it."""
    deep = repository / "starters" / "phase1-shop" / "src"
    deep.mkdir(parents=True)
    assert find_root(deep, {}) == repository.resolve()


def test_find_root_prefers_the_environment(repository: Path, tmp_path: Path) -> None:
    """GRADE_ROOT decides where it is set."""
    assert find_root(tmp_path, {"GRADE_ROOT": str(repository)}) == repository.resolve()


def test_find_root_tells_what_to_do_outside(tmp_path: Path) -> None:
    """Outside of a clone the remedy names GRADE_ROOT."""
    with pytest.raises(StoppedError) as caught:
        find_root(tmp_path, {})
    assert "GRADE_ROOT" in caught.value.problem.remedy


def test_folders_come_in_the_roadmaps_order(repository: Path, catalog: Catalog) -> None:
    """Phases before sections, numbers as numbers, other folders not at all."""
    for name, short in [("section10-a", "section10"), ("section02-b", "section2"), ("phase2-c", "phase2")]:
        add(repository, name, short)
    (repository / "phases" / "notes").mkdir()
    (repository / "phases" / "phase3-empty").mkdir()
    assert list(catalog.folders) == ["phase1", "phase2", "section2", "section10"]
    assert [exercise.id for exercise in catalog.exercises()] == list(catalog.folders)


@pytest.mark.parametrize("word", ["phase1", "phase1-shop", "phases/phase1-shop/", "phase01"])
def test_resolve_takes_an_exercise(catalog: Catalog, word: str) -> None:
    """The short id, the folder's name and its path mean the whole exercise."""
    (selection,) = catalog.resolve([word])
    assert (selection.exercise.id, selection.whole) == ("phase1", True)
    assert (len(selection.lines), len(selection.checks)) == (2, 4)


def test_resolve_takes_a_line(catalog: Catalog) -> None:
    """A line brings all of its checks."""
    (selection,) = catalog.resolve(["phase1.log-in"])
    assert [line.id for line in selection.lines] == ["phase1.log-in"]
    assert [check.id for check in selection.checks] == ["phase1.log-in.lists", "phase1.log-in.sorts"]
    assert not selection.whole


def test_resolve_takes_a_check(catalog: Catalog) -> None:
    """A check alone proves no line."""
    (selection,) = catalog.resolve(["phase1.items.sorts"])
    assert [check.id for check in selection.checks] == ["phase1.items.sorts"]
    assert selection.lines == ()


def test_resolve_merges_what_belongs_together(repository: Path, catalog: Catalog) -> None:
    """Several ids of one exercise make one selection, in graded order."""
    add(repository, "section01-x", "section1")
    first, second = catalog.resolve(["section1.items", "phase1.log-in.lists", "phase1.items"])
    assert (first.exercise.id, second.exercise.id) == ("phase1", "section1")
    assert [check.id for check in first.checks] == [
        "phase1.items.lists",
        "phase1.items.sorts",
        "phase1.log-in.lists",
    ]


def test_resolve_of_nothing_is_everything(catalog: Catalog) -> None:
    """No id means every exercise."""
    assert [selection.whole for selection in catalog.resolve([])] == [True]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("phase1.itmes", "phase1.items"),
        ("phase1.items.list", "phase1.items.lists"),
        ("phse1", "phase1"),
    ],
)
def test_resolve_names_the_nearest(catalog: Catalog, word: str, meant: str) -> None:
    """A typing error is answered by what exists."""
    remedy = refused(catalog, word).remedy
    assert meant in remedy
    assert "`grade list`" in remedy


@pytest.mark.parametrize("word", ["phase2", "phase2.events", "phase2-realtime"])
def test_resolve_knows_what_is_not_graded_yet(repository: Path, catalog: Catalog, word: str) -> None:
    """A line of the roadmap without an exercise is no typing error."""
    (repository / "progress.md").write_text("- [ ] Events // Later. <!-- phase2.events -->\n")
    assert "not graded yet" in refused(catalog, word).message


def test_resolve_survives_a_missing_progress_file(repository: Path, catalog: Catalog) -> None:
    """Without progress.md an unknown id is still answered."""
    (repository / "progress.md").unlink()
    assert "no exercise, line or check" in refused(catalog, "phase2").message


def test_resolve_ignores_broken_neighbours(repository: Path, catalog: Catalog) -> None:
    """An exercise whose manifest is broken does not stop the others."""
    folder = add(repository, "section01-x", "section1")
    (folder / "exercise.toml").write_text("format =")
    assert catalog.resolve(["phase1"])[0].whole


def test_chain_is_earliest_first(repository: Path, catalog: Catalog) -> None:
    """A phase knows what it stacks on."""
    add(repository, "phase2-x", "phase2", 'stacks_on = "phase1"')
    assert [item.id for item in catalog.chain(catalog.exercise("phase2"))] == ["phase1", "phase2"]


def test_chain_refuses_a_ring(repository: Path, catalog: Catalog) -> None:
    """Two phases that stack on each other are a content error."""
    add(repository, "phase2-x", "phase2", 'stacks_on = "phase3"')
    add(repository, "phase3-x", "phase3", 'stacks_on = "phase2"')
    with pytest.raises(StoppedError, match="no earlier phase"):
        catalog.chain(catalog.exercise("phase2"))


def test_titles_hold_every_graded_line(catalog: Catalog) -> None:
    """Titles are keyed by full id."""
    assert catalog.titles() == {
        "phase1.items": "Items // Keep them.",
        "phase1.log-in": "Log in // Know who it is.",
    }


def test_paths_follow_the_folder_name(
    repository: Path, catalog: Catalog, write: Callable[[Path, str], Path]
) -> None:
    """Starter and solution are called like the exercise."""
    exercise = catalog.exercise("phase1")
    assert catalog.starter(exercise) == repository / "starters" / "phase1-shop"
    assert catalog.solution(exercise) == repository / "solutions" / "phase1-shop"
