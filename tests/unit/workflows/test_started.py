from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grader.content.catalog import Catalog
from grader.model.problem import StoppedError
from grader.workflows import started

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = 'format = 1\nid = "{id}"\nkind = "phase"\ntitle = "Trial"\n{more}[[line]]\nid = "x"\ntitle = "X"\nbrief = "x"\n'


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """Two phases of which only the first is started."""
    for name, more in (("phase1-a", ""), ("phase2-b", 'stacks_on = "phase1"\n')):
        (tmp_path / "phases" / name).mkdir(parents=True)
        (tmp_path / "starters" / name).mkdir(parents=True)
        text = MANIFEST.format(id=name.partition("-")[0], more=more)
        (tmp_path / "phases" / name / "exercise.toml").write_text(text)
    return Catalog(tmp_path)


def test_nothing_asked_means_everything_started(catalog: Catalog) -> None:
    """`grade` alone grades what the learner has begun."""
    assert started.expand([], catalog) == ("phase1",)


def test_ids_are_left_as_they_are(catalog: Catalog) -> None:
    """What is named is graded, started or not."""
    assert started.expand(["phase2"], catalog) == ("phase2",)


def test_the_word_stands_for_what_is_started(catalog: Catalog) -> None:
    """`started` may stand beside ids, each graded once."""
    assert started.expand(["started", "phase1"], catalog) == ("phase1",)


def test_nothing_started_says_how_to_begin(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without anything to grade the list of exercises is named."""
    monkeypatch.setattr("grader.content.layers.is_started", lambda *_: False)

    with pytest.raises(StoppedError) as caught:
        started.expand([], catalog)

    assert "grade list" in caught.value.problem.remedy
