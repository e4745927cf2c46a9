"""Files that go into an app, and the names of its processes."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from grader.model.problem import StoppedError
from grader.runtimes import labels, plugins
from grader.runtimes.environment import fill

if TYPE_CHECKING:
    from pathlib import Path


def test_plugins_replace_whatever_the_app_has_there(tmp_path: Path) -> None:
    """A link in that place is not followed."""
    app, outside, probe = tmp_path / "app", tmp_path / "outside", tmp_path / "probe.mjs"
    app.mkdir()
    outside.mkdir()
    probe.write_text("1")
    (app / plugins.FOLDER).symlink_to(outside)
    names, digest = plugins.copy_in([probe], app, "d")
    assert (names, list(outside.iterdir())) == (("probe.mjs",), [])
    assert (app / plugins.FOLDER / "probe.mjs").read_text() == "1"
    probe.write_text("2")
    assert plugins.copy_in([probe], app, "d")[1] != digest


def test_no_plugins_change_nothing(tmp_path: Path) -> None:
    """An app without plugins is built from what it was."""
    assert plugins.copy_in([], tmp_path, "d") == ((), "d")
    assert list(tmp_path.iterdir()) == []


def test_placeholder_of_a_plugin_is_its_path() -> None:
    """Several may stand in one variable."""
    known = plugins.paths(["a.mjs", "b-2.cjs"], PurePosixPath("/app"))
    filled = fill({"P": "{plugin:a.mjs},{plugin:b-2.cjs}"}, known, 1)
    assert filled["P"] == "/app/.grader-plugins/a.mjs,/app/.grader-plugins/b-2.cjs"
    with pytest.raises(StoppedError, match="no such plugin"):
        fill({"P": "{plugin:c.mjs}"}, known, 1)


def test_copies_of_a_process_have_numbers() -> None:
    """The first goes by the process' own name."""
    assert labels.copies("worker", 3) == ["worker", "worker-2", "worker-3"]
    assert labels.process_of("worker-3", {"web": "", "worker": ""}) == "worker"
    assert labels.process_of("a-2", {"web": "", "a-2": ""}) == "a-2"
    for wrong in (lambda: labels.copies("web", 2), lambda: labels.process_of("cron", {"web": ""})):
        with pytest.raises(StoppedError):
            wrong()


def test_web_is_started_last_and_never_left_out() -> None:
    """Once it answers, the others have begun."""
    assert labels.chosen(None, {"web": "", "worker": ""}) == ["worker", "web"]
    with pytest.raises(StoppedError, match="needs its process `web`"):
        labels.chosen(["worker"], {"web": "", "worker": ""})
