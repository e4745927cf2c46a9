from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grader.content.catalog import Catalog
from grader.content.history import History
from grader.model.outcome import Outcome, Tick
from grader.model.report import LineResult
from grader.workflows import ticks

if TYPE_CHECKING:
    from pathlib import Path

PROOF = ticks.Proof(source="s" * 64, report="r" * 64, runtime="process")
BEFORE = (
    "- [ ] Create users, projects, tasks // Define and seed primary data models. <!-- phase1.models -->\n"
    "- [x] Authentication (JWT) // Issue and validate tokens. <!-- phase1.jwt -->\n"
    "- [x] CRUD routes for each model // Enable full data lifecycle. <!-- phase1.crud -->\n"
)


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """A catalog over a repository that has only a progress.md."""
    (tmp_path / "progress.md").write_text(BEFORE)
    return Catalog(tmp_path)


def result(line: str, outcome: Outcome) -> LineResult:
    """Return the result of a line."""
    return LineResult(id=f"phase1.{line}", title=line, outcome=outcome, stars_earned=1, stars_of=2)


def test_pass_ticks_and_fail_unticks(catalog: Catalog) -> None:
    """A line that passes is ticked, one that was done and now fails loses its tick."""
    done = ticks.write(catalog, [result("models", Outcome.PASS), result("jwt", Outcome.FAIL)], PROOF)

    assert done.ticks == {"phase1.models": Tick.NEW, "phase1.jwt": Tick.LOST}
    assert [line[:5] for line in catalog.progress.read_text().splitlines()] == ["- [x]", "- [ ]", "- [x]"]


def test_tick_that_stays_is_kept(catalog: Catalog) -> None:
    """A ticked line that passes again is kept, a failing line without a tick is none."""
    done = ticks.write(catalog, [result("jwt", Outcome.PASS), result("models", Outcome.FAIL)], PROOF)

    assert done.ticks == {"phase1.jwt": Tick.KEPT}
    assert catalog.progress.read_text() == BEFORE


@pytest.mark.parametrize("outcome", [Outcome.BLOCKED, Outcome.ERROR])
def test_blocked_and_error_change_nothing(catalog: Catalog, outcome: Outcome) -> None:
    """Nothing was proved either way, so neither the file nor the history changes."""
    done = ticks.write(catalog, [result("jwt", outcome), result("models", outcome)], PROOF)

    assert (done, catalog.progress.read_text()) == (ticks.Ticked(), BEFORE)


def test_history_is_written_before_the_tick(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crash between the two leaves evidence without a tick, never a tick without evidence."""
    seen: list[str] = []
    monkeypatch.setattr(
        "grader.workflows.ticks.progress_edit.apply",
        lambda *_: seen.extend(entry.line for entry in History(catalog.root).read()) or 1 / 0,
    )

    with pytest.raises(ZeroDivisionError):
        ticks.write(catalog, [result("models", Outcome.PASS)], PROOF)

    assert seen == ["phase1.models"]


def test_file_that_cannot_be_changed_is_a_note(catalog: Catalog) -> None:
    """Results stand even where progress.md has conflict markers; the note names the line."""
    text = BEFORE + "<<<<<<< mine\n"
    catalog.progress.write_text(text)

    done = ticks.write(catalog, [result("models", Outcome.PASS)], PROOF)

    assert done.ticks == {}
    assert "line 4" in done.notes[0]
    assert catalog.progress.read_text() == text


def test_line_without_a_checkbox_is_a_note(catalog: Catalog) -> None:
    """A line that the learner removed cannot be ticked, and is said to be missing."""
    done = ticks.write(catalog, [result("roles", Outcome.PASS)], PROOF)

    assert done.notes == ("progress.md has no line for phase1.roles, so it was not ticked.",)
