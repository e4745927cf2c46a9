"""What a person sees, recorded: `GRADE_RECORD=1 ./dev test tests/golden` records anew."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.content import layers, mutants
from grader.content.catalog import Catalog
from tests.golden.normalise import normalise

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROGRAMS = sorted(path.name for path in (HERE / "programs").iterdir())
MAIL_CHECK = "phase3.email-job.mails-the-assignee"


def grade(*arguments: str) -> tuple[str, int]:
    """Return what `grade` printed on stdout and its exit code."""
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
    done = subprocess.run(
        [sys.executable, "-m", "grader.cli.grade", *arguments, "--no-tick", "--runtime", "process"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    return done.stdout, done.returncode


@pytest.fixture
def work() -> Iterator[Path]:
    """A folder of one name everywhere: how long a path is decides what fits on a row."""
    folder = ROOT / ".grade" / "golden"
    shutil.rmtree(folder, ignore_errors=True)
    yield folder
    shutil.rmtree(folder)


def make_mutant(phase: str, name: str, folder: Path) -> None:
    """Write the reference of a phase with one of its mutants applied."""
    catalog = Catalog(ROOT)
    (selection,) = catalog.resolve([phase])
    exercise = selection.exercise
    layers.write_solution(catalog, exercise, folder)
    mutants.apply(
        next(one for one in mutants.mutants(catalog, exercise) if one.name == name), folder, exercise
    )


def assert_recorded(name: str, text: str) -> None:
    """Compare with the recorded transcript, or record it."""
    path = HERE / "transcripts" / f"{name}.txt"
    if os.environ.get("GRADE_RECORD"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(normalise(text), encoding="utf-8")
    assert normalise(text) == path.read_text(encoding="utf-8")


@pytest.mark.process
@pytest.mark.parametrize("name", PROGRAMS)
def test_broken_program_gets_one_diagnosis(name: str) -> None:
    """A program that cannot be graded is told why, once, and what mends it."""
    text, code = grade("phase1", "--target", f"tests/golden/programs/{name}", "--seed", "7")

    assert code == 1
    assert_recorded(name, text)


@pytest.mark.process
@pytest.mark.parametrize(
    ("mutant", "asked"),
    [
        ("jwt-alg-from-the-token", "phase1.jwt"),
        ("crud-html-404", "phase1.crud"),
        ("roles-role-by-register", "phase1.roles"),
        ("sockets-any-room", "phase2.sockets"),
        ("events-without-from", "phase2.events"),
        ("broadcast-to-all", "phase2.broadcast"),
        ("email-job-two-mails", "phase3.email-job.mails-the-assignee"),
        ("queue-other-name", "phase3.queue.waits-in-bullmq"),
        ("retries-constant-backoff", "phase3.retries.tries-again-later-and-later"),
    ],
)
def test_mutant_is_told_what_is_wrong(mutant: str, asked: str, work: Path) -> None:
    """A wrong app is shown what was sent, what was expected and what came."""
    make_mutant(asked.partition(".")[0], mutant, work / mutant)

    text, code = grade(asked, "--target", str((work / mutant).relative_to(ROOT)), "--seed", "7")

    assert code == 1
    assert_recorded(mutant, text)


@contextmanager
def reserved(*, deaf: bool) -> Iterator[int]:
    """Give a port where connections are refused (`deaf`), or are taken and never answered."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        if not deaf:
            place.listen()
        yield place.getsockname()[1]


def make_world(folder: Path, file: str, good: str, bad: str) -> str:
    """Write the reference of phase 3, wrong in one place; return its path as it is shown."""
    catalog = Catalog(ROOT)
    (selection,) = catalog.resolve(["phase3"])
    layers.write_solution(catalog, selection.exercise, folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert text.count(good) == 1, f"{file} has moved on: it has no single {good!r}"
    (folder / file).write_text(text.replace(good, bad), encoding="utf-8")
    return str(folder.relative_to(ROOT))


def only_failure(report: Path) -> dict[str, str]:
    """Return the one check that failed; all others are blocked, and none passed by chance."""
    document = json.loads(report.read_text(encoding="utf-8"))
    (failed,) = (check for check in document["checks"] if check["outcome"] == "fail")
    assert {check["outcome"] for check in document["checks"]} == {"fail", "blocked"}
    return failed


@pytest.mark.process
def test_worker_that_dies_at_its_start_is_named(work: Path) -> None:
    """Nothing is tried, and the process that ended is named with its last lines."""
    folder = work / "worker-dies"
    target = make_world(folder, "src/worker.js", "log.info('working');", "throw new Error('no such queue');")

    text, code = grade("phase3", "--target", target, "--seed", "7")

    assert code == 1
    assert_recorded("worker-dies", text)


@pytest.mark.process
def test_redis_that_refuses_from_the_beginning_is_told(work: Path) -> None:
    """One line is red; it says that nothing came to Redis, and the worker's own log says where it went."""
    with reserved(deaf=True) as port:
        bad = f"url: 'redis://127.0.0.1:{port}'"
        target = make_world(work / "redis-refuses", "src/features/jobs/queue.js", "url: REDIS_URL", bad)
        text, code = grade(
            *("phase3", "--target", target, "--seed", "7", "--json", str(work / "report.json"))
        )

    failed = only_failure(work / "report.json")
    assert (code, failed["id"]) == (1, MAIL_CHECK)
    assert "[worker] " in failed["log"]
    assert f"ECONNREFUSED 127.0.0.1:{port}" in failed["log"].split("[worker] ")[1]
    assert_recorded("redis-refuses", text)


@pytest.mark.process
def test_mail_server_that_never_answers_is_told(work: Path) -> None:
    """One line is red; it says that nothing came to the mail server, and the worker's log what it met."""
    with reserved(deaf=False) as port:
        bad = f"new URL('smtp://127.0.0.1:{port}')"
        target = make_world(
            work / "mail-never-answers", "src/features/mail/mailer.js", "new URL(SMTP_URL)", bad
        )
        text, code = grade(
            *("phase3", "--target", target, "--seed", "7", "--json", str(work / "report.json"))
        )

    failed = only_failure(work / "report.json")
    assert (code, failed["id"]) == (1, MAIL_CHECK)
    assert "Greeting never received" in failed["log"].split("[worker] ")[1]
    assert_recorded("mail-never-answers", text)


@pytest.mark.process
@pytest.mark.parametrize("phase", ["phase1", "phase2", "phase3"])
def test_starter_shows_the_first_thing_to_do(phase: str) -> None:
    """The untouched starter passes no line and is told where to begin."""
    text, code = grade(phase, "--starter", "--seed", "7")

    assert code == 1
    assert_recorded(f"{phase}-starter", text)


@pytest.mark.process
@pytest.mark.parametrize("phase", ["phase1", "phase2", "phase3"])
def test_solution_passes_everything(phase: str) -> None:
    """The reference passes every line with all stars."""
    text, code = grade(phase, "--solution", "--seed", "7")

    assert code == 0
    assert_recorded(f"{phase}-solution", text)
