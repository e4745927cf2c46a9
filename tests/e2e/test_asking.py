"""What cannot be graded as it was asked: exit 2 or 4, in words, and still one document on stdout."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest

from tests.e2e.trial import GRADED, PROGRESS, finish

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.trial import Bell, Trial


@pytest.mark.parametrize(
    ("word", "nearest"),
    [
        ("phase11", "phase1"),
        ("phase1.helo", "phase1.hello"),
        ("phase1.hello.greet", "phase1.hello.greets"),
        ("phase1.hello.greets.more", "phase1.hello.greets"),
    ],
)
def test_unknown_id_is_one_document_with_the_nearest_names(trial: Trial, word: str, nearest: str) -> None:
    """An exercise, a line or a check that does not exist."""
    done = trial.grade(word, "--json", "-")

    assert done.code == 2
    assert word in done.problem["message"]
    assert nearest in done.problem["remedy"]
    assert nearest in done.told


@pytest.mark.parametrize("word", ["\x1b[2J", "phase1.\udcff", "", "../other", "x" * 10_000])
def test_odd_id_is_printable(trial: Trial, word: str) -> None:
    """What is no id at all steers no terminal and breaks no document."""
    done = trial.grade(word, "--json", "-")

    assert done.code == 2
    assert done.problem["stage"] == "content"
    assert "\x1b" not in done.out + done.err


def test_folder_without_exercises_is_told(trial: Trial, tmp_path: Path) -> None:
    """`GRADE_ROOT` that leads nowhere."""
    trial.environment["GRADE_ROOT"] = str(tmp_path / "nowhere")
    done = trial.grade("phase1", "--json", "-")

    assert (done.code, "GRADE_ROOT" in done.problem["remedy"]) == (2, True)


@pytest.mark.parametrize("option", ["--json", "--markdown"])
@pytest.mark.parametrize("place", ["no-such-folder/report", "."])
def test_report_that_cannot_be_written_is_told_before_the_run(trial: Trial, option: str, place: str) -> None:
    """A wrong path costs no run, and ticks nothing."""
    done = trial.grade("phase1", "--runtime", "process", option, str(trial.root / place))

    assert (done.code, done.out) == (2, "")
    assert f"{trial.root / place} cannot be written" in done.told
    assert trial.progress.read_text() == PROGRESS


@pytest.mark.parametrize("url", ["localhost:3000", "ftp://127.0.0.1", "http://a..b", "http://[::1"])
def test_text_that_is_no_url_is_told(trial: Trial, url: str) -> None:
    """An address that nobody can have."""
    done = trial.grade("phase1", "--url", url, "--json", "-")

    assert (done.code, done.problem["stage"]) == (2, "probe")


@pytest.mark.parametrize("option", ["--target", "--url"])
def test_empty_target_is_not_the_learners_folder(trial: Trial, option: str) -> None:
    """`--target "$UNSET"` in a script: it grades and ticks nothing."""
    done = trial.grade("phase1", option, "")

    assert (done.code, f"{option}: it is empty" in done.told) == (2, True)
    assert trial.progress.read_text() == PROGRESS


@pytest.mark.process
def test_second_run_of_one_folder_is_refused_and_the_first_goes_on(trial: Trial, bell: Bell) -> None:
    """Two grades of one folder at once: exit 4 for the second, which changes nothing for the first."""
    server = (trial.starter / "server.js").read_text()
    waits = "response.statusCode", 'if (request.url === "/hello") ring();\n  response.statusCode'
    trial.write("server.js", bell.program + server.replace(*waits))
    first = trial.begin("phase1", "--runtime", "process", "--json", "-")
    bell.wait()
    first.send_signal(signal.SIGSTOP)
    second = trial.process()
    first.send_signal(signal.SIGCONT)
    done = finish(first)

    assert second.code == 4
    assert str(first.pid) in second.problem["message"]
    assert "Ctrl-C" in second.problem["remedy"]
    assert {line["outcome"] for line in second.document["lines"]} == {"blocked"}
    assert (done.code, trial.progress.read_text()) == (1, GRADED)


def test_report_of_an_earlier_run_is_replaced_whole(trial: Trial, service: str) -> None:
    """`--json FILE` is the report of this run or the one before, also where this one was stopped."""
    report = trial.root / "report.json"
    report.write_text("{}" * 10_000)
    graded = trial.grade("phase1", "--url", service, "--json", str(report))
    first = json.loads(report.read_text())
    unknown = trial.grade("phase2", "--json", str(report))

    assert (graded.code, first["outcome"]) == (1, "fail")
    assert (unknown.code, json.loads(report.read_text())["problem"]["stage"]) == (2, "content")
    assert [path.name for path in trial.root.iterdir() if path.name.endswith(".tmp")] == []
