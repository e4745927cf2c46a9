"""Nothing that lies in a learner's folder is run or read by the grader itself."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.e2e.trial import GRADED, ROOT, finish

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.trial import Trial

MODULES = (
    *("conftest", "sitecustomize", "usercustomize", "httpx", "httpcore", "pytest", "pytest_timeout", "json"),
    *("rich", "psutil", "docker", "jinja2", "platformdirs", "packaging", "pip", "encodings", "grader"),
)
CONFIGS = {
    "pytest.ini": "[pytest]\naddopts = --collect-only\n",
    "tox.ini": "[pytest]\naddopts = --collect-only\n",
    "setup.cfg": "[tool:pytest]\naddopts = --collect-only\n",
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--collect-only'\n",
}
AS_WRAPPED = '. "$1/scripts/bootstrap.sh"; run_in_venv "$1" requirements-dev.txt grader.cli.grade phase1 '
"""What ./grade does, with the requirements that whoever runs the tests has installed."""


@pytest.fixture
def canary(trial: Trial, tmp_path: Path) -> Path:
    """A file that every trap of the folder writes when it is run."""
    canary = tmp_path / "canary"
    for name in MODULES:
        trial.write(f"{name}.py", f"open({str(canary)!r}, 'a').write({name!r})\n")
    for name, text in CONFIGS.items():
        trial.write(name, text)
    hook = trial.starter / "hook.sh"
    hook.write_text(f"#!/bin/sh\necho git >>{canary}\n")
    hook.chmod(0o755)
    git = ["git", "-C", str(trial.starter)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    for key in ("core.fsmonitor", "core.pager", "diff.external", "core.sshCommand", "core.editor"):
        subprocess.run([*git, "config", key, str(hook)], check=True)
    return canary


def test_canary_sings(trial: Trial, canary: Path) -> None:
    """The trap works: git itself runs what the folder's settings name."""
    subprocess.run(["git", "-C", str(trial.starter), "status"], capture_output=True, check=False)

    assert canary.exists()


@pytest.mark.process
@pytest.mark.parametrize("inside", [False, True], ids=["from the repository", "from inside the folder"])
def test_files_of_the_learner_are_never_run(trial: Trial, canary: Path, inside: bool) -> None:
    """Modules, settings of pytest and of git, wherever one stands."""
    command = subprocess.Popen(
        ["sh", "-c", AS_WRAPPED + "--runtime process", "sh", str(ROOT)],
        cwd=trial.starter if inside else trial.root,
        env=trial.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    done = finish(command)

    assert (done.code, trial.progress.read_text()) == (1, GRADED), done.out + done.err
    assert not canary.exists(), canary.read_text()
