"""Layers stack, starters are started and reset, and nothing of the learner's is lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from grader.content import layers, pristine, snapshot
from grader.content import start as module
from grader.content.catalog import Catalog
from grader.content.start import reset, start
from grader.model.problem import Blame, StoppedError

if TYPE_CHECKING:
    from pathlib import Path

    from grader.model.exercise import Exercise

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


def lay(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def read(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def package(**dependencies: str) -> str:
    return json.dumps({"scripts": {"start": "node ."}, "dependencies": dependencies})


@pytest.fixture
def catalog(repository: Path) -> Catalog:
    source = repository / "phases" / "phase1-shop"
    second = repository / "phases" / "phase2-live"
    second.mkdir()
    for path in source.iterdir():
        text = path.read_text().replace('"phase1"', '"phase2"')
        (second / path.name).write_text(text.replace("[[line]]", 'stacks_on = "phase1"\n\n[[line]]', 1))
    stub1 = {
        "package.json": package(a="1"),
        "package-lock.json": "1",
        "src/app.js": "app stub",
        "src/todo.js": "todo",
    }
    lay(repository / "starters" / "phase1-shop", stub1)
    lay(
        repository / "starters" / "phase2-live",
        {
            "package.json": package(a="1", b="2"),
            "package-lock.json": "2",
            "src/app.js": "app 2",
            "src/live.js": "live",
        },
    )
    lay(
        repository / "solutions" / "phase1-shop",
        {"package.json": "{}", "src/app.js": "done", "src/todo.js": "done"},
    )
    lay(repository / "solutions" / "phase2-live", {"src/app.js": "done 2", "src/live.js": "done"})
    found = Catalog(repository)
    for exercise in found.exercises():
        pristine.write(found, exercise)
    return found


@pytest.fixture
def first(catalog: Catalog) -> Exercise:
    return catalog.exercise("phase1")


@pytest.fixture
def second(catalog: Catalog) -> Exercise:
    return catalog.exercise("phase2")


def refusal(action: Any, *args: Any) -> str:
    with pytest.raises(StoppedError) as caught:
        action(*args)
    assert caught.value.problem.blame is Blame.USAGE
    return f"{caught.value.problem.message} {caught.value.problem.remedy}"


def test_solution_is_stacked(catalog: Catalog, second: Exercise, tmp_path: Path) -> None:
    """Files of later layers win, those of earlier ones stay."""
    digest = layers.write_solution(catalog, second, tmp_path / "out")
    assert read(tmp_path / "out") == {
        "package.json": "{}",
        "src/app.js": "done 2",
        "src/live.js": "done",
        "src/todo.js": "done",
    }
    assert snapshot.take(tmp_path / "out", tmp_path / "copy") == digest


def test_starter_stacks_on_the_solution_below(catalog: Catalog, second: Exercise, tmp_path: Path) -> None:
    """The stubs of a phase run on the reference of the phase before."""
    layers.materialise(layers.starter_layers(catalog, second), tmp_path / "out")
    found = read(tmp_path / "out")
    assert (found["src/app.js"], found["src/todo.js"], found["src/live.js"]) == ("app 2", "done", "live")


def test_starter_is_what_was_delivered(catalog: Catalog, first: Exercise, tmp_path: Path) -> None:
    """What the learner did in the folder is not the starter any more."""
    (catalog.starter(first) / "src" / "todo.js").write_text("mine")
    layers.materialise(layers.starter_layers(catalog, first), tmp_path / "out")
    assert read(tmp_path / "out")["src/todo.js"] == "todo"


def test_starter_without_archive_is_the_folder(catalog: Catalog, first: Exercise) -> None:
    """While an exercise is being written its folder is the starter."""
    pristine.path_of(catalog, first).unlink()
    assert layers.starter_layers(catalog, first) == (catalog.starter(first),)


def test_layers_that_are_missing_are_named(catalog: Catalog, second: Exercise, tmp_path: Path) -> None:
    """Without the reference below there is nothing to stack on."""
    catalog.solution(catalog.exercise("phase1")).rename(tmp_path / "gone")
    assert "no solution in solutions/phase1-shop" in refusal(layers.solution_layers, catalog, second)


def test_write_solution_keeps_what_is_there(catalog: Catalog, first: Exercise, tmp_path: Path) -> None:
    """A folder with anything in it is left alone."""
    (tmp_path / "out").mkdir()
    layers.write_solution(catalog, first, tmp_path / "out")
    assert "not an empty folder" in refusal(layers.write_solution, catalog, first, tmp_path / "out")
    (tmp_path / "file").write_text("")
    assert "not an empty folder" in refusal(layers.write_solution, catalog, first, tmp_path / "file")


@pytest.mark.parametrize("swap", [False, True])
def test_materialise_lets_a_later_kind_win(tmp_path: Path, swap: bool) -> None:
    """A file may take a folder's place and a folder a file's or a link's."""
    one, two = lay(tmp_path / "1", {"x/a": "1", "y": "1"}), lay(tmp_path / "2", {"x": "2", "y/a": "2"})
    (one / "z").symlink_to("x")
    lay(two, {"z/a": "2"})
    layers.materialise([two, one] if swap else [one, two], tmp_path / "out")
    # rglob does not look into links: where z is one, nothing is listed below it.
    expected = {"x/a": "1", "y": "1"} if swap else {"x": "2", "y/a": "2", "z/a": "2"}
    assert read(tmp_path / "out") == expected


def test_pack_is_the_same_every_time(tmp_path: Path) -> None:
    """Times and owners do not enter an archive; content and x bits do."""
    one, two = lay(tmp_path / "1", {"b": "1", "a/c": "2"}), lay(tmp_path / "2", {"a/c": "2", "b": "1"})
    (two / "node_modules").mkdir()
    assert pristine.pack(one) == pristine.pack(two)
    (two / "b").chmod(0o755)
    assert pristine.pack(one) != pristine.pack(two)


def test_unpack_restores_everything(tmp_path: Path) -> None:
    """Files, x bits, links, empty folders and long names come back."""
    folder = lay(tmp_path / "in", {"run": "1", "d" * 120 + "/é": "2"})
    (folder / "run").chmod(0o755)
    (folder / "link").symlink_to("run")
    (folder / "empty").mkdir()
    (tmp_path / "a.tar").write_bytes(pristine.pack(folder))
    pristine.unpack(tmp_path / "a.tar", tmp_path / "out")
    assert pristine.pack(tmp_path / "out") == pristine.pack(folder)


@pytest.mark.parametrize("data", [b"", b"no archive", b"\0" * 2048])
def test_unpack_refuses_a_damaged_archive(tmp_path: Path, data: bytes) -> None:
    """An archive that is none is named, or holds nothing."""
    (tmp_path / "a.tar").write_bytes(data)
    if data.strip(b"\0"):
        assert "cannot be unpacked" in refusal(pristine.unpack, tmp_path / "a.tar", tmp_path / "out")


def test_matches_notices_drift(catalog: Catalog, first: Exercise) -> None:
    """A starter changed without its archive is told apart."""
    assert pristine.matches(catalog, first)
    (catalog.starter(first) / "src" / "app.js").write_text("new")
    assert not pristine.matches(catalog, first)


def test_write_all_makes_every_archive(
    catalog: Catalog, first: Exercise, second: Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The author's step needs no names; an exercise without starter is left out."""
    for exercise in (first, second):
        pristine.path_of(catalog, exercise).unlink()
    (catalog.starter(first) / "src" / "app.js").write_text("new")
    catalog.starter(second).rename(catalog.root / "gone")
    monkeypatch.chdir(catalog.starter(first))
    pristine.write_all()
    assert pristine.matches(catalog, first)
    assert not pristine.matches(catalog, second)
    assert not pristine.path_of(catalog, second).exists()


def test_is_started_without_anything_below(catalog: Catalog, first: Exercise, second: Exercise) -> None:
    """The first phase is complete from the beginning, the second needs a start."""
    assert layers.is_started(catalog, first)
    assert not layers.is_started(catalog, second)
    assert "grade start phase2" in refusal(layers.require_started, catalog, second)


def test_start_carries_the_learners_work_on(catalog: Catalog, first: Exercise, second: Exercise) -> None:
    """Their changed files are kept, ours laid beside; untouched ones are replaced; the marker is set."""
    mine = catalog.starter(first)
    (mine / "src" / "todo.js").write_text("mine")
    (mine / "src" / "app.js").write_text("my app")
    (mine / "package.json").write_text(package(a="1", z="9"))
    lay(mine, {"node_modules/a/i.js": "x", ".env": "SECRET=1"})
    done = start(catalog, second, "mine", NOW)
    assert read(done.folder) == {
        ".started.toml": '# `grade start` made this folder a complete app.\nformat = 1\nfrom = "mine"\n',
        "package-lock.json": "2",
        "package.json": package(a="1", z="9"),
        "package.json.phase2": package(a="1", b="2"),
        "src/app.js": "my app",
        "src/app.js.phase2": "app 2",
        "src/live.js": "live",
        "src/todo.js": "mine",
    }
    assert (done.added, done.replaced) == (("src/live.js",), ("package-lock.json",))
    assert done.beside == ("package.json.phase2", "src/app.js.phase2")
    assert done.advice == (
        "npm install b@2",
        "Merge src/app.js.phase2 into your src/app.js, then remove it.",
    )
    assert done.old is None
    assert layers.is_started(catalog, second)


def test_start_from_the_solution_needs_no_merging(catalog: Catalog, second: Exercise) -> None:
    """On the reference every stub takes its place."""
    done = start(catalog, second, "solution", NOW)
    found = read(done.folder)
    assert (found["src/todo.js"], found["src/app.js"]) == ("done", "app 2")
    assert (done.beside, done.advice) == ((), ())


def test_start_keeps_edits_made_before_it(catalog: Catalog, second: Exercise) -> None:
    """Work in the stubs before the start is set aside, not lost."""
    (catalog.starter(second) / "src" / "live.js").write_text("early work")
    done = start(catalog, second, "mine", NOW)
    assert done.old is not None
    assert done.old.name == "phase2-live.old-20300102T030405Z"
    assert read(done.old)["src/live.js"] == "early work"


def test_start_keeps_a_secret_file(catalog: Catalog, second: Exercise) -> None:
    """Also what a snapshot leaves out is somebody's work."""
    lay(catalog.starter(second), {".env": "SECRET=1"})
    done = start(catalog, second, "mine", NOW)
    assert done.old is not None
    assert read(done.old)[".env"] == "SECRET=1"


def test_start_happens_once(catalog: Catalog, first: Exercise, second: Exercise) -> None:
    """What is started, or needs no start, says so and stays."""
    assert "needs no start" in refusal(start, catalog, first, "mine", NOW)
    start(catalog, second, "mine", NOW)
    assert "grade reset phase2" in refusal(start, catalog, second, "mine", NOW)


def test_start_refuses_without_archives(catalog: Catalog, first: Exercise, second: Exercise) -> None:
    """Without the delivered files nobody can tell what is the learner's."""
    pristine.path_of(catalog, first).unlink()
    before = read(catalog.starter(second))
    assert "no pristine copy" in refusal(start, catalog, second, "mine", NOW)
    assert read(catalog.starter(second)) == before
    assert sorted(path.name for path in catalog.starter(second).parent.iterdir()) == [
        ".pristine",
        "phase1-shop",
        "phase2-live",
    ]


def test_reset_restores_and_keeps(catalog: Catalog, first: Exercise) -> None:
    """The delivered starter is back and the work lies beside it, every time."""
    folder = catalog.starter(first)
    delivered = read(folder)
    for name in ("phase1-shop.old-20300102T030405Z", "phase1-shop.old-20300102T030405Z2"):
        (folder / "src" / "todo.js").write_text(name)
        done = reset(catalog, first, NOW)
        assert done.old is not None
        assert done.old.name == name
        assert read(done.old)["src/todo.js"] == name
        assert read(folder) == delivered


def test_reset_ends_a_start(catalog: Catalog, second: Exercise) -> None:
    """After a reset a phase is not started and can be started again."""
    start(catalog, second, "mine", NOW)
    reset(catalog, second, NOW)
    assert not layers.is_started(catalog, second)
    assert start(catalog, second, "solution", NOW).beside == ()


def test_reset_brings_back_a_removed_folder(catalog: Catalog, first: Exercise, tmp_path: Path) -> None:
    """A starter that was deleted or moved away is there again."""
    catalog.starter(first).rename(tmp_path / "moved")
    assert reset(catalog, first, NOW).old is None
    assert pristine.matches(catalog, first)


def test_reset_that_fails_changes_nothing(
    catalog: Catalog, first: Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the new folder cannot take its place the old one comes back."""
    folder = catalog.starter(first)
    (folder / "src" / "todo.js").write_text("mine")
    real = type(folder).rename

    def rename(self: Path, target: Path) -> Path:
        if self.name.startswith(".phase1-shop.new-"):
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(type(folder), "rename", rename)
    with pytest.raises(OSError, match="No space left"):
        reset(catalog, first, NOW)
    assert read(folder)["src/todo.js"] == "mine"
    assert sorted(path.name for path in folder.parent.iterdir()) == [
        ".pristine",
        "phase1-shop",
        "phase2-live",
    ]


def test_package_advice_names_scripts_and_dev_dependencies() -> None:
    """What the stubs need beyond the learner's package.json is printed as commands and edits."""
    ours = {"scripts": {"worker": "node w.js"}, "devDependencies": {"t": "^1"}}
    assert module._package_advice(ours, {}) == [
        "npm install --save-dev t@^1",
        'In package.json, "scripts": "worker": "node w.js"',
    ]
