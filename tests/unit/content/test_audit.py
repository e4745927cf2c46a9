"""Each rule about an exercise's files complains where it is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grader.content import audit, audit_source
from grader.content.catalog import Catalog

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = """\
format = 1
id = "phase1"
kind = "phase"
title = "Trial"
[[line]]
id = "hello"
title = "Hello // Say hello."
brief = "hello-say-hello"
"""
CHECK = 'def test_greets(client):\n    """The service says hello."""\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository whose one exercise keeps every rule."""
    folder = tmp_path / "phases" / "phase1-trial"
    folder.mkdir(parents=True)
    (folder / "exercise.toml").write_text(MANIFEST)
    (folder / "README.md").write_text("# Trial\n\n## hello: Say hello\n")
    (folder / "hints.md").write_text("## hello\n\n1. One.\n2. Two.\n")
    (folder / "test_hello.py").write_text(CHECK + "    client.get('/')\n")
    archives = tmp_path / "starters" / ".pristine"
    archives.mkdir(parents=True)
    for name in ("phase1-trial", "phase2-more"):
        (archives / f"{name}.tar").touch()
    (tmp_path / "progress.md").write_text("- [ ] Hello // Say hello. <!-- phase1.hello -->\n")
    return tmp_path


def complaints(root: Path) -> list[str]:
    """Return what is wrong with the one exercise."""
    catalog = Catalog(root)
    return list(audit.complaints(catalog, catalog.exercise("phase1")))


def test_exercise_that_keeps_the_rules_has_no_complaint(root: Path) -> None:
    """The sample is clean, so that each broken rule below stands alone."""
    assert complaints(root) == []


@pytest.mark.parametrize(
    ("file", "text", "word"),
    [
        ("README.md", "# Trial\n", "no heading"),
        ("hints.md", "## hello\n\n1. One.\n", "fewer than 2 hints"),
        (
            "hints.md",
            "## hello\n\n1. One.\n2. TODO(author): two.\n",
            "hints.md still says TODO(author) (line 4)",
        ),
        ("notes.txt", "x", "belongs to no exercise"),
        ("mutants/readme.txt", "x", "is no .patch"),
        ("test_hello.py", "import socket\n\n\n" + CHECK + "    socket.socket()\n", "imports socket"),
        ("test_hello.py", "import requests\n\n\n" + CHECK + "    requests.get('/')\n", "imports requests"),
        ("test_hello.py", "import grader.model\n\n\n" + CHECK + "    grader\n", "imports grader.model"),
        ("test_hello.py", "import time\n\n\n" + CHECK + "    time.sleep(1)\n", "sleeps"),
        ("test_hello.py", CHECK + "    client.get('/')\n" * 26, "has 26 lines"),
        (
            "test_hello.py",
            "from grader.kit import stretch\n\n\n@stretch\n" + CHECK + "    client.get('/')\n",
            "no core check",
        ),
    ],
)
def test_broken_rule_is_named(root: Path, file: str, text: str, word: str) -> None:
    """Every complaint names what is broken."""
    path = root / "phases" / "phase1-trial" / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)

    (complaint,) = complaints(root)

    assert word in complaint


@pytest.mark.parametrize("mark", ["stretch", 'needs("restart")'])
def test_gate_is_core_and_needs_no_power(root: Path, mark: str) -> None:
    """What later phases run again must be had everywhere, and count."""
    path = root / "phases/phase1-trial/test_hello.py"
    gate = f"from grader.kit import gate, needs, stretch\n\n\n@gate\n@{mark}\n{CHECK}    client.get('/')\n"
    path.write_text(gate + "\n\n" + CHECK.replace("greets", "waves") + "    client.get('/')\n")

    (complaint,) = complaints(root)

    assert complaint.startswith("phase1.hello.greets is a @gate")


def test_starter_without_an_archive_is_named(root: Path) -> None:
    """The author's last step is told with its command."""
    (root / "starters/.pristine/phase1-trial.tar").unlink()

    (complaint,) = complaints(root)

    assert complaint.endswith("dev pristine")


def test_line_without_a_place_in_progress_is_a_note(root: Path) -> None:
    """An exercise beside the roadmap is in order; what it takes to tick it is told."""
    catalog = Catalog(root)
    exercise = catalog.exercise("phase1")
    assert list(audit.notes(catalog, exercise)) == []
    catalog.progress.write_text("- [ ] Other <!-- phase1.other -->\n")

    (note,) = audit.notes(catalog, exercise)

    assert "phase1.hello is graded but never ticked" in note
    assert note.endswith("- [ ] Hello // Say hello. <!-- phase1.hello -->")


def test_required_package_may_be_imported(root: Path) -> None:
    """A capability that the manifest requires opens its package to the checks."""
    folder = root / "phases" / "phase1-trial"
    (folder / "test_hello.py").write_text("import jwt\n\n\n" + CHECK + "    jwt.decode('x')\n")
    text = (folder / "exercise.toml").read_text()
    (folder / "exercise.toml").write_text(
        text.replace('title = "Trial"', 'title = "Trial"\nrequires = ["jwt"]')
    )

    assert complaints(root) == []
    assert {"jwt", "postgres"} <= set(audit_source.PACKAGES)


def test_fixture_of_a_phase_below_is_not_taken(root: Path) -> None:
    """The gates of the phase below would be given the wrong one."""
    fixture = "import pytest\n\n\n@pytest.fixture{}\ndef {}():\n    return 1\n"
    below, above = root / "phases" / "phase1-trial", root / "phases" / "phase2-more"
    above.mkdir()
    for path in below.iterdir():
        (above / path.name).write_text(path.read_text().replace('id = "phase1"', 'id = "phase2"'))
    manifest = (above / "exercise.toml").read_text()
    (above / "exercise.toml").write_text(manifest.replace("[[line]]", 'stacks_on = "phase1"\n[[line]]'))
    (below / "support.py").write_text(fixture.format("", "people"))
    (above / "support.py").write_text(
        fixture.format('(scope="session")', "people") + fixture.format("", "rooms")
    )
    catalog = Catalog(root)

    (complaint,) = audit.complaints(catalog, catalog.exercise("phase2"))

    assert "a fixture people" in complaint
