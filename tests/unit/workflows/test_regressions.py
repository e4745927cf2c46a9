"""Grading a phase runs the gates of the phases below it again, and keeps them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from grader.content import layers, mutants
from grader.content.catalog import Catalog
from grader.exporters.console.view import ConsoleView
from grader.exporters.json_document import document
from grader.model.outcome import Outcome, Tick
from grader.model.problem import StoppedError
from grader.model.target import InstanceState
from grader.workflows import verdicts
from grader.workflows.grade import Request, grade
from grader.workflows.places import Places, places
from grader.workflows.subjects import Kind, Subject
from grader.workflows.verify.run import Request as VerifyRequest
from grader.workflows.verify.run import verify
from tests.unit.workflows.fake_runtime import FakeRuntime, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from grader.model.report import Report

MANIFEST = """\
format = 1
id = "phase{number}"
kind = "phase"
title = "Trial {number}"
{more}
[[line]]
id = "{line}"
title = "{line} // Of phase {number}."
brief = "{line}"
"""

SUPPORT = '''\
"""The vocabulary of the first phase."""

import pytest


@pytest.fixture
def greeting(client):
    """Give the answer to a greeting."""
    return client.get("/hello")
'''

HELLO = '''\
from grader.kit import expect, gate, needs


@gate
def test_greets(greeting):
    """The service says hello."""
    expect.status(greeting, 200, "GET /hello greets.")


@gate
@needs("restart")
def test_greets_after_a_restart(greeting):
    """The service says hello after a restart."""
    expect.status(greeting, 200, "GET /hello greets.")


def test_is_polite(greeting):
    """The service is polite, which no later phase asks again."""
    expect.status(greeting, 418, "Never so.")
'''

LIVE = '''\
from grader.kit import expect


def test_sends(client):
    """The service sends."""
    expect.status(client.get("/live"), 200, "GET /live sends.")


def test_sends_again(client):
    """The service sends again."""
    expect.status(client.get("/again"), 200, "GET /again sends.")
'''

PROGRESS = "- [x] hello <!-- phase1.hello -->\n- [ ] live <!-- phase2.live -->\n"
ALL = {"/hello": 200, "/live": 200, "/again": 200}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two phases, the second started; of the first one everything is done."""
    root = tmp_path / "repository"
    below = 'services = ["postgres"]\n[app]\nhealth = "/up"\n[env]\nONE = "1"\nBOTH = "below"'
    above = 'stacks_on = "phase1"\n[env]\nTWO = "2"\nBOTH = "above"'
    files = {
        "phases/phase1-a/exercise.toml": MANIFEST.format(number=1, line="hello", more=below),
        "phases/phase1-a/support.py": SUPPORT,
        "phases/phase1-a/test_hello.py": HELLO,
        "phases/phase2-b/exercise.toml": MANIFEST.format(number=2, line="live", more=above),
        "phases/phase2-b/test_live.py": LIVE,
        "starters/phase1-a/package.json": '{"name": "trial"}',
        "starters/phase2-b/package.json": '{"name": "trial"}',
        "starters/phase2-b/.started.toml": "",
        "progress.md": PROGRESS,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture
def where(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    monkeypatch.setenv("GRADE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return places(repository)


@pytest.fixture
def graded(
    repository: Path, where: Places, monkeypatch: pytest.MonkeyPatch
) -> Callable[[dict[str, int]], Report]:
    def run(statuses: dict[str, int], word: str = "phase2") -> Report:
        request = Request(ids=(word,), subject=Subject(kind=Kind.OWN), seed=1)
        with serving(monkeypatch, statuses):
            return grade(request, Catalog(repository), where, lambda _event: None)

    return run


def outcomes(report: Report) -> dict[str, Outcome]:
    return {check.id: check.outcome for check in report.exercises[0].regressions}


def test_gates_of_the_phase_below_run_again(graded: Any, repository: Path) -> None:
    """Only gates, with that phase's own fixtures; one that cannot be tried is said and fails nothing."""
    report = graded(ALL)

    assert outcomes(report) == {
        "phase1.hello.greets": Outcome.PASS,
        "phase1.hello.greets-after-a-restart": Outcome.BLOCKED,
    }
    assert [check.id for check in report.exercises[0].checks] == [
        "phase2.live.sends",
        "phase2.live.sends-again",
    ]
    assert (report.outcome, verdicts.exit_code(report.exercises)) == (Outcome.PASS, 0)
    assert "- [x] live" in (repository / "progress.md").read_text()


def test_regression_fails_the_run_and_moves_no_earlier_tick(graded: Any, repository: Path) -> None:
    """Exit 1; this phase's line is ticked by its own checks, the earlier one keeps its tick."""
    report = graded({**ALL, "/hello": 500})

    (line,) = report.exercises[0].lines
    assert outcomes(report)["phase1.hello.greets"] is Outcome.FAIL
    assert (line.id, line.ticked) == ("phase2.live", Tick.NEW)
    assert (report.outcome, verdicts.exit_code(report.exercises)) == (Outcome.FAIL, 1)
    assert (repository / "progress.md").read_text() == PROGRESS.replace("[ ]", "[x]")


def test_line_asked_for_by_itself_runs_no_gates(graded: Any) -> None:
    """A single line is graded alone and fast."""
    report = graded({**ALL, "/hello": 500}, "phase2.live")

    assert (outcomes(report), report.outcome) == ({}, Outcome.PASS)


def test_regressions_are_shown_apart(graded: Any, tmp_path: Path) -> None:
    """The document has them beside the checks, the console under a heading of their own."""
    report = graded({**ALL, "/hello": 500})

    made = document(report)
    assert [item["id"] for item in made["regressions"]] == list(outcomes(report))
    assert made["regressions"][0]["hint"] == "phases/phase1-a/README.md#hello"
    assert {item["line"] for item in made["checks"]} == {"phase2.live"}
    with (tmp_path / "board").open("w+") as file:
        board = ConsoleView(file, {"COLUMNS": "100"}).render(report)
    assert "Run again from earlier phases: 2 checks, 1 fail, 1 blocked." in board
    assert "From an earlier phase, fails here" in board
    assert "grade phase2 " in board


def test_phase_inherits_what_it_does_not_state(repository: Path) -> None:
    """Services, settings of the app and variables of the phase below hold, its own beside or over them."""
    exercise = Catalog(repository).exercise("phase2")

    assert exercise.services == ("postgres",)
    assert exercise.app.health == "/up"
    assert dict(exercise.env) == {"ONE": "1", "BOTH": "above", "TWO": "2"}


def verified(
    repository: Path, where: Places, monkeypatch: pytest.MonkeyPatch, statuses: dict[str, int]
) -> dict[str, str]:
    """Verify phase2 with apps that all answer the same; return what is wrong by subject."""
    monkeypatch.setattr(layers, "materialise", lambda _layers, folder: folder.mkdir() or "digest")
    monkeypatch.setattr("grader.content.mutants.apply", lambda *_: "digest")
    for kind in ("starters", "solutions"):
        for name in ("phase1-a", "phase2-b"):
            (repository / kind / name).mkdir(parents=True, exist_ok=True)
    (repository / "starters/phase2-b/.started.toml").unlink()
    catalog = Catalog(repository)
    request = VerifyRequest(
        exercises=(catalog.exercise("phase2"),), runtimes=("fake",), full=False, sample=False, seed=1, jobs=1
    )
    with serving(monkeypatch, statuses):
        results = verify(request, catalog, where, lambda _result: None)
    return {result.name: result.message for result in results if result.runtime}


def no_restart(repository: Path) -> None:
    path = repository / "phases/phase1-a/test_hello.py"
    path.write_text(path.read_text().replace('@needs("restart")\n', "").replace("gate, needs", "gate"))


def test_mutant_may_name_a_gate(repository: Path, where: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """What breaks an earlier phase is killed by that phase's gate, under its own id."""
    no_restart(repository)
    folder = repository / "phases/phase2-b/mutants"
    folder.mkdir()
    (folder / "deaf.patch").write_text("Description: Deaf.\nFails: phase1.hello.greets\n--- a\n")
    (folder / "mute.patch").write_text("Description: Mute.\nFails: live.sends\n--- a\n")

    found = verified(repository, where, monkeypatch, {"/live": 200, "/again": 200})

    assert found["deaf"] == ""
    assert "survived phase2.live.sends" in found["mute"]


def test_solution_and_starter_must_pass_the_gates(
    repository: Path, where: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reference or a stub that breaks an earlier phase is no good."""
    no_restart(repository)

    found = verified(repository, where, monkeypatch, {"/live": 200})

    assert "phase1.hello.greets (fail" in found["solution"]
    assert "it breaks the phases below: phase1.hello.greets" in found["starter"]


def test_mutant_cannot_name_a_check_that_is_no_gate(repository: Path) -> None:
    """Of earlier phases only the gates are run again."""
    folder = repository / "phases/phase2-b/mutants"
    folder.mkdir()
    (folder / "rude.patch").write_text("Description: Rude.\nFails: phase1.hello.is-polite\n--- a\n")
    catalog = Catalog(repository)

    with pytest.raises(StoppedError, match="is no check of phase2"):
        mutants.mutants(catalog, catalog.exercise("phase2"))


def test_app_that_ends_during_a_gate_blocks_the_phase(
    graded: Any, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One red line, and the phase's own checks wait for it: its tick is neither given nor taken."""
    gone = InstanceState(running=False, exit_code=1, tail="last words")
    monkeypatch.setattr(FakeRuntime, "state", lambda *_: gone)
    progress = PROGRESS.replace("[ ]", "[x]")
    (repository / "progress.md").write_text(progress)

    report = graded(ALL)

    assert outcomes(report)["phase1.hello.greets"] is Outcome.FAIL
    assert {check.outcome for check in report.exercises[0].checks} == {Outcome.BLOCKED}
    assert verdicts.exit_code(report.exercises) == 1
    assert (repository / "progress.md").read_text() == progress
