"""The history survives crashes, and later lines never run into torn ones."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.content import history as module
from grader.content.history import Entry, History
from grader.model.outcome import Outcome
from grader.model.problem import Blame, StoppedError


def entry(line: str = "phase1.jwt", outcome: Outcome = Outcome.PASS, hour: int = 1) -> Entry:
    return Entry(
        when=datetime(2030, 1, 2, hour, tzinfo=UTC),
        line=line,
        outcome=outcome,
        source="5" * 64,
        report="7" * 64,
        runtime="process",
        stars_earned=1,
        stars_of=2,
    )


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path)


def test_read_of_nothing_is_empty(history: History) -> None:
    """Before the first run there is no history and no error."""
    assert history.read() == ()
    assert history.last_for("phase1.jwt") is None


def test_append_is_read_back(history: History) -> None:
    """Entries come back equal, in order, one JSON object a line."""
    history.append([entry(), entry("phase1.crud")])
    history.append([entry(outcome=Outcome.FAIL, hour=2)])
    assert history.read() == (entry(), entry("phase1.crud"), entry(outcome=Outcome.FAIL, hour=2))
    assert len(history.path.read_text().splitlines()) == 3


def test_last_for_is_the_newest(history: History) -> None:
    """The last run of a line counts, not the last run."""
    history.append([entry(), entry(hour=2), entry("phase1.crud", hour=3)])
    assert history.last_for("phase1.jwt") == entry(hour=2)
    assert set(history.latest()) == {"phase1.jwt", "phase1.crud"}


def test_append_syncs_file_and_folder(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """When append returns, a power cut loses nothing."""
    synced: list[str] = []
    monkeypatch.setattr(
        module.os, "fsync", lambda fd: synced.append(str(Path(f"/proc/self/fd/{fd}").readlink()))
    )
    history.append([entry()])
    assert synced == [str(history.path), str(history.path.parent)]


@pytest.mark.parametrize("torn", [b'{"format": 1, "li', b"{}", b"[1]", b"\xff\xfe", b"null", b"[" * 5000])
def test_append_after_a_torn_line_loses_nothing(history: History, torn: bytes) -> None:
    """A line that a crash cut off is left out, and the next one stands on its own."""
    history.append([entry()])
    history.path.write_bytes(history.path.read_bytes() + torn)
    assert history.read() == (entry(),)
    history.append([entry(hour=2)])
    assert history.read() == (entry(), entry(hour=2))


def test_append_survives_a_full_disk_at_every_write(history: History) -> None:
    """Whichever write fails, what was there is still there, and the problem is ours."""
    history.append([entry()])
    real = os.write
    for nth in range(5):
        left = [nth]

        def write(handle: int, data: bytes, left: list[int] = left) -> int:
            if not left[0]:
                raise OSError(errno.ENOSPC, "No space left on device")
            left[0] -= 1
            return real(handle, data[:20])

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module.os, "write", write)
            with pytest.raises(StoppedError, match="No space left") as caught:
                history.append([entry(hour=2)])
        assert caught.value.problem.blame is Blame.OURS
        assert history.read() == (entry(),)


def test_read_refuses_a_newer_format(history: History) -> None:
    """A history of a newer grader is not guessed at."""
    history.append([entry()])
    history.path.write_text(history.path.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(StoppedError, match="newer grader"):
        history.read()


def test_append_never_follows_a_link(history: History, tmp_path: Path) -> None:
    """A link in the history's place is refused, its target untouched."""
    target = tmp_path / "other"
    target.write_text("")
    history.path.parent.mkdir()
    history.path.symlink_to(target)
    with pytest.raises(StoppedError):
        history.append([entry()])
    assert target.read_text() == ""


def test_read_tells_what_stands_in_its_way(history: History) -> None:
    """A folder in the history's place is named."""
    history.path.mkdir(parents=True)
    with pytest.raises(StoppedError, match="cannot be read"):
        history.read()
