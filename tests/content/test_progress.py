"""progress.md is the roadmap, word for word, with an id after each line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from grader.content.catalog import Catalog
    from grader.content.progress_file import Progress
    from grader.model.exercise import Exercise

ROADMAP = Path(__file__).with_name("roadmap.md")

IDS = {
    "section1": "async event-loop errors streams workers",
    "section2": "verbs headers tls graphql websocket",
    "section3": "versioning openapi pagination rate-limit auth",
    "section4": "sql nosql orm migrations pooling",
    "section5": "emitter queues workers dead-letter cron",
    "section6": "stateless load-balancing caching scaling cap",
    "section7": "validation passwords csrf https rbac",
    "section8": "unit integration mocking debugging coverage",
    "section9": "logging pm2 metrics errors rotation",
    "section10": "docker env ci nginx domain",
    "phase1": "models jwt crud roles",
    "phase2": "events sockets broadcast",
    "phase3": "email-job queue retries",
    "phase4": "pm2-logging metrics dashboards",
    "phase5": "containers pipeline deploy",
}


def test_progress_has_the_roadmaps_lines(progress: Progress) -> None:
    """All 66 lines are there once, in the roadmap's order, and nothing forbids editing."""
    expected = [f"{exercise}.{line}" for exercise, lines in IDS.items() for line in lines.split()]
    assert len(expected) == len(set(expected)) == 66
    assert [item.id for item in progress.items] == expected
    assert progress.broken == ()


@pytest.mark.usefixtures("as_delivered")
def test_progress_has_the_roadmaps_words(catalog: Catalog) -> None:
    """Without its ids the file is the roadmap, byte for byte."""
    text = catalog.progress.read_bytes()
    assert re.sub(rb" <!-- [a-z0-9.-]+ -->(?=\n)", b"", text) == ROADMAP.read_bytes()


@pytest.mark.usefixtures("as_delivered")
def test_titles_are_the_roadmaps_sentences(exercise: Exercise, progress: Progress) -> None:
    """A manifest has every line of its exercise, in order, in the words of progress.md.

    One that is not on the roadmap (yet) has none there.
    """
    expected = [
        (item.id, item.text) for item in progress.items if (item.id or "").startswith(f"{exercise.id}.")
    ]
    assert not expected or [(line.id, line.title) for line in exercise.lines] == expected
