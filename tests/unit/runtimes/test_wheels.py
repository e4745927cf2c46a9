"""Wheels are fetched once, checked, and unpacked whole or not at all."""

from __future__ import annotations

import hashlib
import stat
import zipfile
from typing import TYPE_CHECKING

import pytest

from grader.model.problem import Blame, StoppedError
from grader.runtimes import versions
from grader.runtimes.versions import Wheel
from grader.runtimes.wheels import unpack, unpacked

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes wheels from, and nothing else."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def make(shelf: Path) -> Wheel:
    file = shelf / "tiny_tool-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        run = zipfile.ZipInfo("tiny/bin/run")
        run.external_attr = 0o755 << 16
        archive.writestr(run, "#!/bin/sh\n")
        archive.writestr("tiny/data.txt", "data")
        archive.writestr(
            "tiny_tool-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-tool\nVersion: 1.0\n"
        )
        archive.writestr("tiny_tool-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return Wheel(name="tiny-tool", version="1.0", folder="tiny", hashes=(digest,), instead="use another")


def test_wheel_is_unpacked_with_its_modes(shelf, tmp_path):
    home = unpacked(make(shelf), tmp_path / "cache")
    assert stat.S_IMODE((home / "bin/run").stat().st_mode) == 0o755
    assert stat.S_IMODE((home / "data.txt").stat().st_mode) == 0o644


def test_wheel_is_fetched_once(shelf, tmp_path):
    wheel = make(shelf)
    first = unpacked(wheel, tmp_path / "cache")
    (shelf / "tiny_tool-1.0-py3-none-any.whl").unlink()
    assert unpacked(wheel, tmp_path / "cache") == first


def test_changed_wheel_is_refused(shelf, tmp_path):
    wheel = make(shelf)
    with (shelf / "tiny_tool-1.0-py3-none-any.whl").open("ab") as file:
        file.write(b"x")
    with pytest.raises(StoppedError, match="could not be fetched") as caught:
        unpacked(wheel, tmp_path / "cache")
    assert caught.value.problem.blame is Blame.MISSING
    assert "pip download" in caught.value.problem.remedy
    assert "use another" in caught.value.problem.remedy
    assert [path.name for path in (tmp_path / "cache/wheels").iterdir()] == [".tiny-tool-1.0.lock"]


def test_dead_half_made_entry_is_removed(shelf, tmp_path):
    dead = tmp_path / "cache/wheels/.tiny-tool-1.0-abc.partial"
    dead.mkdir(parents=True)
    unpacked(make(shelf), tmp_path / "cache")
    assert not dead.exists()


def test_entry_outside_the_folder_stays_inside(tmp_path):
    with zipfile.ZipFile(tmp_path / "evil.whl", "w") as archive:
        archive.writestr("../../escaped", "x")
    unpack(tmp_path / "evil.whl", tmp_path / "a/b/c")
    assert [path.name for path in tmp_path.rglob("escaped")] == ["escaped"]
    assert (tmp_path / "a/b/c/escaped").exists()


@pytest.mark.parametrize("wheel", [versions.NODE, versions.POSTGRES])
def test_pins_are_hashes(wheel):
    assert all(len(one) == 64 and int(one, 16) for one in wheel.hashes)
    assert len(set(wheel.hashes)) == 4
