"""The prose of an exercise: its hints' rungs and its headings' anchors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grader.content import brief, hints, manifest
from grader.model.problem import StoppedError

if TYPE_CHECKING:
    from pathlib import Path

HINTS = """# Hints

Try first.

## items

Three rungs.

1. Look at the
   status code.
2. Use this:

   ```js
   ## not a heading
   1. not an item
   app.get("/");
   ```

   Then send it.
10. Read
the manual.

## phase1.log-in
1) Only one.
"""


def test_hints_are_ordered_rungs(exercise_folder: Path) -> None:
    """Each item is a rung with all of its lines, code included, indentation removed."""
    (exercise_folder / "hints.md").write_text(HINTS)
    found = hints.read(manifest.load(exercise_folder))
    assert found["phase1.log-in"] == ("Only one.",)
    assert found["phase1.items"] == (
        "Look at the\nstatus code.",
        'Use this:\n\n```js\n## not a heading\n1. not an item\napp.get("/");\n```\n\nThen send it.',
        "Read\nthe manual.",
    )


def test_hints_may_be_missing(exercise_folder: Path) -> None:
    """An exercise without hints has none."""
    assert hints.read(manifest.load(exercise_folder)) == {}


def test_hints_of_no_line_are_refused(exercise_folder: Path) -> None:
    """A heading with a typing error is told with what was meant."""
    (exercise_folder / "hints.md").write_text("## itmes\n1. x\n")
    with pytest.raises(StoppedError, match="names no line") as caught:
        hints.read(manifest.load(exercise_folder))
    assert "phase1.items" in caught.value.problem.remedy


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("models: Create users, projects, tasks", "models-create-users-projects-tasks"),
        ("jwt: Authentication (JWT)", "jwt-authentication-jwt"),
        ("roles: Role-based access (admin/user)", "roles-role-based-access-adminuser"),
        ("`PATCH /tasks/:id` & more", "patch-tasksid--more"),
        ("See [the docs](http://a.b/c)", "see-the-docs"),
        ("🌐 Über snake_case", "-über-snake_case"),
    ],
)
def test_anchor_is_githubs(heading: str, expected: str) -> None:
    """Small letters, dashes for blanks, punctuation gone."""
    assert brief.anchor(heading) == expected


def test_anchors_number_repetitions() -> None:
    """The second heading of the same words gets -1, closing marks and code do not count."""
    text = "# A\n## A ##\n```\n# B\n```\n#c\n### A\n"
    assert brief.anchors(text) == ("a", "a-1", "a-2")
    assert brief.headings(text) == ((1, "A"), (2, "A"), (3, "A"))
