from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import commands

ROOT = Path(__file__).parents[3]


def grade(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person does."""
    return commands.run("grade", *arguments, seconds=60, **environment)


@pytest.mark.parametrize(
    ("word", "offered"),
    [("phase11", "phase1"), ("phase1.jwd", "phase1.jwt"), ("phase1.jwt.logs-on", "phase1.jwt.logs-in")],
)
def test_unknown_id_offers_the_nearest(word: str, offered: str) -> None:
    """A mistyped exercise, line or check ends with exit 2 and the name that was meant."""
    done = grade(word)

    assert done.returncode == 2
    assert offered in done.stderr
    assert "Traceback" not in done.stderr


def test_line_without_an_exercise_is_not_graded_yet() -> None:
    """A roadmap line whose exercise does not exist yet is told so."""
    done = grade("section8.unit")

    assert (done.returncode, "not graded yet" in done.stderr) == (2, True)


def test_unknown_option_names_the_help() -> None:
    """A wrong option is one line and where to look."""
    done = grade("--colour")

    assert (done.returncode, done.stderr.splitlines()[-1]) == (2, "See `grade --help`.")


def test_json_file_that_cannot_be_written_is_told_before_the_run(tmp_path: Path) -> None:
    """A wrong path costs no minutes."""
    done = grade("phase1", "--starter", "--json", str(tmp_path / "no" / "report.json"))

    assert (done.returncode, "cannot be written" in done.stderr) == (2, True)


def test_folder_that_is_missing_is_one_message() -> None:
    """A target that does not exist is the learner's problem, with a document for programs."""
    done = grade("phase1", "--target", "no-such-folder", "--runtime", "process", "--json", "-")

    document = json.loads(done.stdout)
    assert done.returncode == 1
    assert document["problem"]["stage"] == "snapshot"
    assert "no-such-folder" in document["problem"]["message"]


@pytest.mark.parametrize("arguments", [["--help"], ["list", "--help"], ["run", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    """Help answers at once: none of the heavy packages is loaded for it."""
    code = (
        "import sys; from grader.cli.grade import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "heavy = {'rich', 'httpx', 'docker', 'jinja2', 'pytest', 'psutil'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


def test_status_shows_all_lines() -> None:
    """All 66 lines are shown, those without an exercise as not graded yet."""
    done = grade("status")

    assert done.returncode == 0
    assert done.stdout.count("[ ]") + done.stdout.count("[x]") == 66
    assert "not graded yet" in done.stdout


def test_list_shows_the_sentences_of_checks() -> None:
    """`list ID` shows each check's id and sentence."""
    done = grade("list", "phase1.jwt")

    assert done.returncode == 0
    assert "phase1.jwt.logs-in" in done.stdout


def test_hint_shows_one_rung() -> None:
    """A hint shows how many there are and how to get the next."""
    done = grade("hint", "phase1.jwt")

    assert done.returncode == 0
    assert done.stdout.startswith("Hint ")


def test_closed_pipe_is_no_traceback() -> None:
    """`grade list | head -1` ends quietly."""
    done = subprocess.run(
        f"{sys.executable} -m grader.cli.grade status | head -1",
        shell=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "Traceback" not in done.stderr
