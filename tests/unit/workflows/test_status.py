"""Where a learner stands: what progress.md says beside what is graded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.workflows import status
from tests import stacked_repository

if TYPE_CHECKING:
    from pathlib import Path


def test_graded_line_without_a_place_is_told(tmp_path: Path) -> None:
    """A line that is graded and not in progress.md can never be ticked, so the status says so."""
    catalog = stacked_repository.write(tmp_path)
    rows = catalog.progress.read_text().splitlines(keepends=True)
    catalog.progress.write_text("".join(rows[:2]).replace("- [ ] live", "- [x] live"))

    found = status.read(catalog)

    assert (found.ticked, found.total) == (1, 2)
    assert found.complaints == ("phase3.jobs is graded, but has no line here.",)
    assert found.groups["phase2"][0].standing is status.Standing.BY_HAND
