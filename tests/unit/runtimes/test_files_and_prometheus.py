"""Files that a check reads or hands over are bounded, and stay where they belong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grader.model.problem import Blame, StoppedError
from grader.runtimes import files, prometheus

if TYPE_CHECKING:
    from pathlib import Path


def test_read_follows_no_link_and_leaves_dependencies_out(tmp_path: Path) -> None:
    """Only regular files of the app's own are read."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.yml").write_text("secret")
    root = tmp_path / "app"
    for folder in ("conf/deep", "node_modules/x"):
        (root / folder).mkdir(parents=True)
        (root / folder / "a.yml").write_text(folder)
    (root / "link").symlink_to(outside)
    (root / "one.yml").symlink_to(outside / "secret.yml")
    assert files.read(root, ["*.yml"]) == {"conf/deep/a.yml": "conf/deep"}
    assert files.read(root, ["conf/*.yml", "nothing"]) == {"conf/deep/a.yml": "conf/deep"}


def test_too_much_to_read_is_the_learners(tmp_path: Path) -> None:
    """A folder full of data is not read into memory."""
    (tmp_path / "big.json").write_bytes(b" " * (files.MAX_BYTES + 1))
    with pytest.raises(StoppedError, match="KiB") as caught:
        files.read(tmp_path, ["*.json"])
    assert caught.value.problem.blame is Blame.LEARNER
    for number in range(files.MAX_FILES + 1):
        (tmp_path / f"{number}.yml").touch()
    with pytest.raises(StoppedError, match="200 files"):
        files.read(tmp_path, ["*.yml"])


def test_addresses_are_filled_into_what_is_run() -> None:
    """The file that promtool checks stays as the learner wrote it."""
    given = {"a.yml": "{address:web}", "run.yml": "to '{address:web}' and '{address:worker}'"}
    filled = prometheus.files(given, "run.yml", lambda process: f"{process}:1")
    assert filled == {"a.yml": "{address:web}", "run.yml": "to 'web:1' and 'worker:1'"}


@pytest.mark.parametrize("name", ["/etc/x", "a/../../b"])
def test_paths_that_lead_out_are_refused(name: str) -> None:
    """A path is below the folder it is meant for."""
    with pytest.raises(StoppedError, match="outside"):
        prometheus.files({name: "", "run.yml": ""}, "run.yml", str)


def test_settings_that_are_too_large_are_the_learners() -> None:
    """They travel through a variable, which has a limit."""
    with pytest.raises(StoppedError, match="64 KiB") as caught:
        prometheus.files({"run.yml": "x" * (65 << 10)}, "run.yml", str)
    assert caught.value.problem.blame is Blame.LEARNER
