from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grader.content.catalog import Catalog
from grader.content.snapshot import MARKER
from grader.model.outcome import Outcome, Tick
from grader.model.problem import Blame, stopped
from grader.workflows import runs
from grader.workflows.grade import Request, grade
from grader.workflows.places import Places, places
from grader.workflows.subjects import Kind, Subject
from tests.unit.workflows.fake_runtime import serving

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
brief = "hello"
[[line]]
id = "bye"
title = "Bye // Say good-bye."
brief = "bye"
"""

HELLO = '''\
from grader.kit import expect, stretch


def test_greets(client):
    """The service says hello."""
    expect.status(client.get("/hello"), 200, "GET /hello greets.")


@stretch
def test_greets_twice(client):
    """The service says hello twice."""
    expect.status(client.get("/twice"), 200, "GET /twice greets.")
'''

BYE = '''\
from grader.kit import expect


def test_leaves(client):
    """The service says good-bye."""
    expect.status(client.get("/bye"), 200, "GET /bye leaves.")
'''

PROGRESS = "- [ ] Hello // Say hello. <!-- phase1.hello -->\n- [x] Bye // Say good-bye. <!-- phase1.bye -->\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one exercise of two lines."""
    root = tmp_path / "repository"
    files = {
        "phases/phase1-trial/exercise.toml": MANIFEST,
        "phases/phase1-trial/test_hello.py": HELLO,
        "phases/phase1-trial/test_bye.py": BYE,
        "starters/phase1-trial/package.json": '{"name": "trial"}',
        "progress.md": PROGRESS,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture
def where(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """Places below a temporary folder."""
    monkeypatch.setenv("GRADE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return places(repository)


def request(*ids: str, kind: Kind = Kind.OWN, tick: bool = True) -> Request:
    """Return a request for the learner's own work."""
    return Request(ids=ids or ("phase1",), subject=Subject(kind=kind), seed=1, tick=tick)


def test_grade_ticks_what_passes_and_unticks_what_fails(
    repository: Path, where: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run of the learner's own folder changes the two checkboxes and nothing else."""
    with serving(monkeypatch, {"/hello": 200}) as runtime:
        report = grade(request(), Catalog(repository), where, lambda _event: None)

    assert {line.id: line.ticked for line in report.exercises[0].lines} == {
        "phase1.hello": Tick.NEW,
        "phase1.bye": Tick.LOST,
    }
    assert (repository / "progress.md").read_text() == PROGRESS.translate({ord(" "): " "}).replace(
        "[ ] Hello", "[x] Hello"
    ).replace("[x] Bye", "[ ] Bye")
    assert (report.outcome, runtime.closed, list(where.runs.iterdir())) == (Outcome.FAIL, 1, [])


def test_grade_counts_stars_without_holding_the_tick(
    repository: Path, where: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing star leaves the line ticked."""
    with serving(monkeypatch, {"/hello": 200, "/bye": 200}):
        report = grade(request(), Catalog(repository), where, lambda _event: None)

    hello = report.exercises[0].lines[0]
    assert (report.outcome, hello.ticked, hello.stars_earned, hello.stars_of) == (
        Outcome.PASS,
        Tick.NEW,
        0,
        1,
    )


@pytest.mark.parametrize("kind", [Kind.STARTER, Kind.SOLUTION])
def test_grade_of_others_work_never_ticks(
    repository: Path, where: Places, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    """Only the learner's own work changes progress.md."""
    (repository / "solutions").symlink_to(repository / "starters")
    with serving(monkeypatch, {"/hello": 200}):
        grade(request(kind=kind), Catalog(repository), where, lambda _event: None)

    assert (repository / "progress.md").read_text() == PROGRESS


def test_grade_without_ticking_changes_nothing(
    repository: Path, where: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--no-tick` leaves file and history alone."""
    with serving(monkeypatch, {"/hello": 200}):
        grade(request(tick=False), Catalog(repository), where, lambda _event: None)

    assert (repository / "progress.md").read_text() == PROGRESS
    assert not (where.state / "history.jsonl").exists()


def test_grade_of_one_check_never_ticks(
    repository: Path, where: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check by its own id proves no line."""
    with serving(monkeypatch, {"/hello": 200}):
        report = grade(request("phase1.hello.greets"), Catalog(repository), where, lambda _event: None)

    assert (report.outcome, report.exercises[0].lines) == (Outcome.PASS, ())
    assert (repository / "progress.md").read_text() == PROGRESS


def test_grade_of_one_line_ticks_only_it(
    repository: Path, where: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line by its id is graded and ticked by itself."""
    with serving(monkeypatch, {"/hello": 200}):
        report = grade(request("phase1.hello"), Catalog(repository), where, lambda _event: None)

    assert [line.id for line in report.exercises[0].lines] == ["phase1.hello"]
    assert (repository / "progress.md").read_text() == PROGRESS.replace("[ ] Hello", "[x] Hello")


def test_phase_that_is_done_names_the_next(
    repository: Path, where: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told until the next is started, only of a whole phase of the learner's own, and stars may be missing."""
    above = repository / "phases/phase2-more"
    above.mkdir()
    manifest = MANIFEST.replace("phase1", "phase2").replace(
        'title = "Trial"', 'title = "More"\nstacks_on = "phase1"'
    )
    (above / "exercise.toml").write_text(manifest)
    (repository / "solutions").symlink_to(repository / "starters")

    def notes(*ids: str, kind: Kind = Kind.OWN, bye: int = 200) -> tuple[str, ...]:
        with serving(monkeypatch, {"/hello": 200, "/bye": bye}):
            return grade(request(*ids, kind=kind), Catalog(repository), where, lambda _event: None).notes

    assert notes() == ("phase1 is done. Go on with More: grade start phase2",)
    assert [notes(bye=500), notes("phase1.hello"), notes(kind=Kind.SOLUTION)] == [(), (), ()]
    marker = repository / "starters/phase2-more" / MARKER
    marker.parent.mkdir()
    marker.touch()
    assert notes() == ()


def test_problem_takes_no_tick_away(repository: Path, where: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that fails is told once; a line that was done stays done."""
    fault = stopped(Blame.LEARNER, "build", "npm ci failed.", "Mend the lockfile.")
    with serving(monkeypatch, {}, fault) as runtime:
        report = grade(request(), Catalog(repository), where, lambda _event: None)

    part = report.exercises[0]
    assert part.problem is not None
    assert (part.problem.message, part.problem.exercise, runtime.closed) == ("npm ci failed.", "phase1", 1)
    assert (repository / "progress.md").read_text() == PROGRESS


def test_folder_without_an_app_is_the_learners_problem(
    repository: Path, where: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty starter is told with its remedy, and nothing is started."""
    (repository / "starters/phase1-trial/package.json").unlink()
    with serving(monkeypatch, {}):
        report = grade(request(), Catalog(repository), where, lambda _event: None)

    problem = report.exercises[0].problem
    assert problem is not None
    assert (problem.blame, problem.stage) == (Blame.LEARNER, "snapshot")


def test_busy_folder_is_a_problem_of_its_exercise(
    repository: Path, where: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several exercises, those graded before one that is busy keep their results."""
    catalog = Catalog(repository)
    folder = catalog.starter(catalog.exercise("phase1"))
    with serving(monkeypatch, {}) as runtime, runs.only_one(where, folder):
        report = grade(request(), catalog, where, lambda _event: None)

    problem = report.exercises[0].problem
    assert problem is not None
    assert (problem.blame, report.outcome, runtime.closed) == (Blame.BUSY, Outcome.BLOCKED, 0)
