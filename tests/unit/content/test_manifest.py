"""exercise.toml becomes an `Exercise`, or a complaint that names file, key and remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grader.content import manifest
from grader.model.exercise import App, Limits
from grader.model.problem import Blame, StoppedError

if TYPE_CHECKING:
    from pathlib import Path


def rewrite(folder: Path, old: str, new: str) -> None:
    path = folder / "exercise.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def complaint(folder: Path) -> tuple[str, str]:
    with pytest.raises(StoppedError) as caught:
        manifest.load(folder)
    assert (caught.value.problem.blame, caught.value.problem.stage) == (Blame.USAGE, "content")
    return caught.value.problem.message, caught.value.problem.remedy


def test_load_fills_defaults(exercise_folder: Path) -> None:
    """A manifest of the required keys alone is complete."""
    loaded = manifest.load(exercise_folder)
    assert (loaded.id, loaded.name, loaded.kind, loaded.root) == (
        "phase1",
        "phase1-shop",
        "phase",
        exercise_folder,
    )
    assert (loaded.app, loaded.limits, loaded.stacks_on) == (App(), Limits(), None)
    assert [line.id for line in loaded.lines] == ["phase1.items", "phase1.log-in"]
    assert loaded.run_order == ("phase1.items", "phase1.log-in")


def test_load_reads_every_table(exercise_folder: Path) -> None:
    """Values of app, env and limits arrive as stated."""
    extra = (
        'services = ["postgres"]\nrequires = ["jwt"]\nrun_order = ["log-in", "items"]\n'
        '[app]\nprocesses = { web = "start", worker = "work" }\nprepare = ["db:migrate"]\nbuild = "own"\n'
        '[env]\nDATABASE_URL = "{postgres}"\nEMPTY = ""\n[limits]\nstart = 2.5\nmemory = 64\n'
    )
    rewrite(exercise_folder, 'title = "Shop"\n', f'title = "Shop"\n{extra}')
    loaded = manifest.load(exercise_folder)
    assert loaded.run_order == ("phase1.log-in", "phase1.items")
    assert loaded.app == App(
        processes={"web": "start", "worker": "work"}, prepare=("db:migrate",), build="own"
    )
    assert loaded.env == {"DATABASE_URL": "{postgres}", "EMPTY": ""}
    assert loaded.limits == Limits(start=2.5, memory=64)
    assert (loaded.services, loaded.requires) == (("postgres",), ("jwt",))


def test_load_attaches_checks_to_lines(exercise_folder: Path) -> None:
    """Each line has the checks of its own file."""
    loaded = manifest.load(exercise_folder)
    assert [check.id for check in loaded.lines[1].checks] == ["phase1.log-in.lists", "phase1.log-in.sorts"]


def test_load_without_checks_reads_no_test_file(exercise_folder: Path) -> None:
    """An outline survives a broken test file."""
    (exercise_folder / "test_items.py").write_text("def (")
    assert manifest.load(exercise_folder, with_checks=False).checks == ()


@pytest.mark.parametrize(
    ("old", "new", "message", "remedy"),
    [
        ("format = 1", "format = 2", "format is 2", "update it"),
        ("format = 1\n", "", "format is missing", "update it"),
        ('id = "phase1"', 'id = "phase2"', "id is 'phase2'", "'phase1'"),
        ('kind = "phase"', 'kind = "section"', "kind is 'section'", "'phase'"),
        ('title = "Shop"', "title = 3", "title is a whole number", "text in quotes"),
        ('title = "Shop"\n', "", "title is missing", "Add `title`"),
        ('title = "Shop"', 'title = " "', "title is blank", "value"),
        ('title = "Shop"', 'titel = "Shop"', "titel is not a known key", "title"),
        ('title = "Shop"', 'title = "S"\nservices = "postgres"', "services is text", "a list"),
        ('title = "Shop"', 'title = "S"\nservices = [1]', "services holds 1", "text in quotes"),
        ('title = "Shop"', 'title = "S"\nrequires = ["a", "a"]', "requires holds 'a' twice", "Remove"),
        ('title = "Shop"', 'title = "S"\nrun_order = ["items"]', "lacks 'phase1.log-in'", "exactly once"),
        ('title = "Shop"', 'title = "S"\nrun_order = ["itmes"]', "phase1.itmes", "phase1.items"),
        ('title = "Shop"', 'title = "S"\n[app]\nport = 1', "app.port is not a known key", "port_variable"),
        ('title = "Shop"', 'title = "S"\n[app]\nbuild = "x"', "app.build is 'x'", "own"),
        ('title = "Shop"', 'title = "S"\n[app]\nprocesses = { x = "y" }', "no `web`", "listens"),
        ('title = "Shop"', 'title = "S"\n[limits]\nstart = true', "limits.start is true or", "a number"),
        ('title = "Shop"', 'title = "S"\n[limits]\nstart = 0', "limits.start is 0", "above zero"),
        ('title = "Shop"', 'title = "S"\n[env]\nPORT = 1', "env.PORT is 1", "text in quotes"),
        ('id = "items"', 'id = "phase1.items"', "line[1].id is 'phase1.items'", "no exercise id"),
        ('id = "log-in"', 'id = "items"', "'phase1.items' twice", "of its own"),
        ('brief = "items"', 'breif = "items"', "line[1].breif is not a known key", "brief"),
        ('title = "Shop"', "title = ", "is not TOML", "Mend"),
    ],
)
def test_load_names_file_key_and_remedy(
    exercise_folder: Path, old: str, new: str, message: str, remedy: str
) -> None:
    """Every mistake is told with the key it is in and what to write instead."""
    rewrite(exercise_folder, old, new)
    told, mend = complaint(exercise_folder)
    assert message in told
    assert remedy in mend
    assert "phase1-shop/exercise.toml" in told


def test_load_refuses_a_manifest_without_lines(exercise_folder: Path) -> None:
    """An exercise proves at least one line."""
    path = exercise_folder / "exercise.toml"
    path.write_text(path.read_text().partition("[[line]]")[0])
    assert "line is missing" in complaint(exercise_folder)[0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("phase1-rest-api", "phase1"),
        ("section01-language", "section1"),
        ("section10-x", "section10"),
        ("phase-x", None),
        ("phase1", None),
        ("phase0-x", None),
        ("other", None),
    ],
)
def test_id_of_reads_the_folder_name(name: str, expected: str | None) -> None:
    """The short id drops leading zeros and the words."""
    assert manifest.id_of(name) == expected


@pytest.mark.parametrize("below", ["phase1", "phase2", "section1", "x"])
def test_phase_stacks_on_an_earlier_one(exercise_folder: Path, below: str) -> None:
    """What is no phase of a lower number cannot be built on."""
    rewrite(exercise_folder, 'title = "Shop"\n', f'title = "Shop"\nstacks_on = "{below}"\n')
    assert "no earlier phase" in complaint(exercise_folder)[0]


def test_section_stacks_on_nothing(exercise_folder: Path) -> None:
    """Sections stand alone."""
    folder = exercise_folder.rename(exercise_folder.with_name("section1-shop"))
    rewrite(
        folder, 'id = "phase1"\nkind = "phase"\n', 'id = "section1"\nkind = "section"\nstacks_on = "phase1"\n'
    )
    assert "only phases stack" in complaint(folder)[1]


def test_fault_of_no_service_is_refused(exercise_folder: Path) -> None:
    """A proxy stands before a service of the exercise."""
    rewrite(exercise_folder, "format = 1", 'format = 1\nservices = ["redis"]\nfaults = ["rediss"]')
    message, remedy = complaint(exercise_folder)
    assert "faults holds 'rediss', no service of this file" in message
    assert "redis" in remedy


def test_faults_are_read(exercise_folder: Path) -> None:
    """Services behind a proxy are those that the manifest names."""
    rewrite(exercise_folder, "format = 1", 'format = 1\nservices = ["redis", "smtp"]\nfaults = ["smtp"]')
    assert manifest.load(exercise_folder).faults == ("smtp",)
