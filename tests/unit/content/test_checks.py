"""Test files become checks without being run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grader.content import checks
from grader.model.outcome import Tier
from grader.model.problem import StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ORDER = ("phase1.items", "phase1.log-in")


def complaint(folder: Path) -> str:
    with pytest.raises(StoppedError) as caught:
        checks.read(folder, "phase1", ORDER)
    assert caught.value.problem.remedy
    return f"{caught.value.problem.message} {caught.value.problem.remedy}"


def test_read_fills_every_field(exercise_folder: Path, write: Callable[[Path, str], Path]) -> None:
    """Decorators of the kit, however imported, become fields."""
    write(
        exercise_folder / "test_log_in.py",
        '''
        import grader.kit as k
        from grader import kit
        from grader.kit import after as comes_after, needs

        def test_opens():
            """It opens."""

        @kit.stretch
        @k.alone
        @needs("restart", "kill")
        @kit.gate
        @comes_after("test_opens", "items.test_lists")
        def test_rejects_alg_none(api):
            """An unsigned token is refused.

            More for the author.
            """
        ''',
    )
    check = checks.read(exercise_folder, "phase1", ORDER)["phase1.log-in"][1]
    assert (check.id, check.line, check.function) == (
        "phase1.log-in.rejects-alg-none",
        "phase1.log-in",
        "test_rejects_alg_none",
    )
    assert check.title == "An unsigned token is refused."
    assert (check.tier, check.alone, check.gate) == (Tier.STRETCH, True, True)
    assert check.needs == ("restart", "kill")
    assert check.after == ("phase1.log-in.opens", "phase1.items.lists")
    assert (check.file, check.lineno) == (str(exercise_folder / "test_log_in.py"), 14)


def test_read_never_runs_the_file(exercise_folder: Path, tmp_path: Path) -> None:
    """Code at the top of a test file stays unexecuted."""
    marker = tmp_path / "ran"
    path = exercise_folder / "test_items.py"
    path.write_text(f"open({str(marker)!r}, 'w')\n{path.read_text()}")
    checks.read(exercise_folder, "phase1", ORDER)
    assert not marker.exists()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def test_a():\n    pass", "test_items.py:1: test_a has no docstring"),
        ('def test_a():\n    "  "', "has no docstring"),
        ('async def test_a():\n    "A."', "test_items.py:1: test_a is `async def`"),
        ('def test_a():\n    "A."\ndef test_a():\n    "B."', "3: test_a stands already on line 1"),
        ('import pytest\n@pytest.mark.parametrize("a", [1])\ndef test_a(a):\n    "A."', "parametrized"),
        ('import pytest\n@pytest.mark.skip\ndef test_a():\n    "A."', "2: @pytest.mark.skip is none of"),
        ('from grader.kit import strech\n@strech\ndef test_a():\n    "A."', "did you mean stretch"),
        ('from grader.kit import stretch\n@stretch()\ndef test_a():\n    "A."', "@stretch does not fit"),
        ('from grader.kit import after\n@after\ndef test_a():\n    "A."', "@after does not fit"),
        ('from grader.kit import after\n@after("b")\ndef test_a():\n    "A."', "names no check"),
        ('from grader.kit import after\n@after(b)\ndef test_a():\n    "A."', "takes texts only"),
        ('from grader.kit import after\n@after("test_b")\ndef test_a():\n    "A."', "does not exist"),
        ('from grader.kit import after\n@after("test_a")\ndef test_a():\n    "A."', "comes after itself"),
        ('if True:\n    def test_a():\n        "A."', "2: test_a is nested"),
        ('class TestA:\n    "A."', "TestA is a class"),
        ('def test_A():\n    "A."', "no name for a check"),
        ("def (", "test_items.py:1: not Python"),
        ("x = 1", "holds no `def test_...`"),
    ],
)
def test_read_names_place_and_remedy(exercise_folder: Path, source: str, expected: str) -> None:
    """What cannot be a check is told with its file and line number."""
    (exercise_folder / "test_items.py").write_text(source)
    assert expected in complaint(exercise_folder)


def test_read_tells_the_ring_of_a_cycle(exercise_folder: Path, write: Callable[[Path, str], Path]) -> None:
    """A cycle over two files is shown whole."""
    source = 'from grader.kit import after\n@after("{}")\ndef test_{}():\n    "A."'
    write(exercise_folder / "test_items.py", source.format("log-in.test_b", "a"))
    write(exercise_folder / "test_log_in.py", source.format("items.test_a", "b"))
    assert "phase1.items.a -> phase1.log-in.b -> phase1.items.a" in complaint(exercise_folder)


def test_read_refuses_after_what_runs_later(
    exercise_folder: Path, write: Callable[[Path, str], Path]
) -> None:
    """A check cannot build on one below it."""
    source = (
        'from grader.kit import after\n@after("test_b")\ndef test_a():\n    "A."\ndef test_b():\n    "B."'
    )
    write(exercise_folder / "test_items.py", source)
    assert "test_a comes after phase1.items.b, which runs later" in complaint(exercise_folder)


def test_read_refuses_after_a_check_that_is_alone(
    exercise_folder: Path, write: Callable[[Path, str], Path]
) -> None:
    """Checks that run alone run last, so none of the others can build on them."""
    source = (
        'from grader.kit import after, alone\n@alone\ndef test_a():\n    "A."\n'
        '@after("test_a")\ndef test_b():\n    "B."'
    )
    write(exercise_folder / "test_items.py", source)
    assert "runs later" in complaint(exercise_folder)


def test_read_refuses_a_file_of_no_line(exercise_folder: Path) -> None:
    """A test file is named after a line."""
    (exercise_folder / "test_item.py").write_text("")
    assert "test_item.py belongs to no line" in complaint(exercise_folder)
    assert "test_items.py" in complaint(exercise_folder)


def test_read_refuses_a_line_without_file(exercise_folder: Path) -> None:
    """Every line is proved by a file."""
    (exercise_folder / "test_items.py").unlink()
    assert "phase1.items has no phases/phase1-shop/test_items.py" in complaint(exercise_folder)
