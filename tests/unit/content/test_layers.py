"""Layers stack, starters are started and reset, and nothing of the learner's is lost."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from grader.content import layers, pristine, snapshot
from grader.content.catalog import Catalog
from grader.content.merging import package_advice
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


@pytest.fixture
def worked(catalog: Catalog, first: Exercise) -> Path:
    """Give the learner's folder of the first phase, with work in it."""
    folder = catalog.starter(first)
    (folder / "src" / "todo.js").write_text("mine")
    return folder


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
        "package-lock.json": "1",
        "package.json": package(a="1", z="9"),
        "package.json.phase2": package(a="1", b="2"),
        "src/app.js": "my app",
        "src/app.js.phase2": "app 2",
        "src/live.js": "live",
        "src/todo.js": "mine",
    }
    assert (done.added, done.replaced) == (("src/live.js",), ())
    assert done.beside == ("package.json.phase2", "src/app.js.phase2")
    assert done.advice == (
        "In starters/phase2-live: npm install b@2",
        "Remove package.json.phase2 when package.json has what it has.",
        "Make this edit in your src/app.js, then remove src/app.js.phase2:\n@@ -1 +1 @@\n-app stub\n+app 2",
        "Your .env was not copied: cp starters/phase1-shop/.env starters/phase2-live/.env",
    )
    assert done.old is None
    assert layers.is_started(catalog, second)


def test_start_from_the_solution_needs_no_merging(catalog: Catalog, second: Exercise) -> None:
    """On the reference every stub takes its place."""
    done = start(catalog, second, "solution", NOW)
    found = read(done.folder)
    assert (found["src/todo.js"], found["src/app.js"]) == ("done", "app 2")
    assert (done.beside, done.advice) == ((), ())


@pytest.mark.usefixtures("worked")
def test_start_keeps_edits_made_before_it(catalog: Catalog, second: Exercise) -> None:
    """Work in the stubs before the start is set aside, not lost."""
    (catalog.starter(second) / "src" / "live.js").write_text("early work")
    done = start(catalog, second, "mine", NOW)
    assert done.old is not None
    assert done.old.name == "phase2-live.old-20300102T030405Z"
    assert read(done.old)["src/live.js"] == "early work"


@pytest.mark.usefixtures("worked")
def test_start_keeps_a_secret_file(catalog: Catalog, second: Exercise) -> None:
    """Also what a snapshot leaves out is somebody's work."""
    lay(catalog.starter(second), {".env": "SECRET=1"})
    done = start(catalog, second, "mine", NOW)
    assert done.old is not None
    assert read(done.old)[".env"] == "SECRET=1"


@pytest.mark.usefixtures("worked")
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


@pytest.mark.usefixtures("worked")
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
    assert package_advice(ours, {}, {}) == [
        "npm install --save-dev t@^1",
        'In package.json, "scripts": "worker": "node w.js"',
    ]


def test_package_advice_leaves_what_the_learner_chose() -> None:
    """Only what the phase brings is asked for: their own scripts and versions stay, new versions are told."""
    before = {"scripts": {"start": "node ."}, "dependencies": {"a": "^1", "b": "^1"}, "engines": {}}
    ours = {
        "scripts": {"start": "node ."},
        "dependencies": {"a": "^1", "b": "^2", "c": ">=3 <4"},
        "type": "module",
    }
    theirs = {"scripts": {"start": "tsx ."}, "dependencies": {"a": "^9", "b": "^1"}}
    assert package_advice(ours, theirs, before) == [
        "npm install b@^2 'c@>=3 <4'",
        'In package.json, "type": "module"',
    ]


def test_start_replaces_a_lockfile_that_only_npm_touched(
    catalog: Catalog, second: Exercise, worked: Path
) -> None:
    """npm rewrites ours on install; it belongs to a package.json that is still as delivered."""
    (worked / "package-lock.json").write_text("1, resolved")
    done = start(catalog, second, "mine", NOW)
    assert read(done.folder)["package-lock.json"] == "2"
    assert done.replaced == ("package-lock.json", "package.json", "src/app.js")
    assert (done.beside, done.advice) == ((), ())


def test_start_needs_work_to_build_on(catalog: Catalog, second: Exercise) -> None:
    """An untouched or a missing app below is told, with both ways out, and nothing is made."""
    before = read(catalog.starter(second))
    told = refusal(start, catalog, second, "mine", NOW)
    assert "still as it was delivered" in told
    assert "--from solution" in told
    catalog.starter(catalog.exercise("phase1")).rename(catalog.root / "moved")
    assert "grade reset phase1" in refusal(start, catalog, second, "mine", NOW)
    assert read(catalog.starter(second)) == before


@pytest.mark.parametrize("name", ["src", "src/live.js"])
def test_start_writes_through_no_link(catalog: Catalog, second: Exercise, worked: Path, name: str) -> None:
    """A link of theirs stays one, and the file it leads to is not written."""
    (worked / "src").rename(worked / "lib")
    if name == "src":
        (worked / "src").symlink_to("lib")
    else:
        (worked / "src").mkdir()
        (worked / "lib" / "main.js").write_text("main")
        (worked / name).symlink_to("../lib/main.js")
    done = start(catalog, second, "mine", NOW)
    assert (done.folder / name).is_symlink()
    assert read(done.folder).get("lib/main.js", "main") == "main"
    assert read(worked)["lib/todo.js"] == "mine"


def test_start_names_a_file_where_a_folder_is_needed(
    catalog: Catalog, second: Exercise, worked: Path
) -> None:
    """What cannot be laid beside is told before anything is made."""
    (worked / "src").rename(worked / "lib")
    (worked / "src").write_text("mine")
    assert "src is a file of yours" in refusal(start, catalog, second, "mine", NOW)
    assert not layers.is_started(catalog, second)


def third_phase(catalog: Catalog) -> Exercise:
    """Add a phase on top, whose stubs replace a file of the first one."""
    source = catalog.root / "phases" / "phase2-live"
    target = catalog.root / "phases" / "phase3-jobs"
    lay(target, {path.name: path.read_text().replace("phase2", "phase3") for path in source.iterdir()})
    manifest = target / "exercise.toml"
    manifest.write_text(manifest.read_text().replace('"phase1"', '"phase2"'))
    lay(catalog.root / "starters" / "phase3-jobs", {"src/todo.js": "todo 3", "src/app.js": "app 3"})
    lay(catalog.root / "solutions" / "phase3-jobs", {"src/app.js": "done 3"})
    found = Catalog(catalog.root)
    pristine.write(found, found.exercise("phase3"))
    return found.exercise("phase3")


def test_start_of_a_third_phase_builds_on_the_second(
    catalog: Catalog, second: Exercise, worked: Path
) -> None:
    """Their work of all phases goes on; the second one must be started; unfinished merges are named."""
    third = third_phase(catalog)
    catalog = Catalog(catalog.root)
    assert "grade start phase2" in refusal(start, catalog, third, "mine", NOW)
    (worked / "src" / "app.js").write_text("my app")
    start(catalog, second, "mine", NOW)
    done = start(catalog, third, "mine", NOW)
    found = read(done.folder)
    assert (found["src/todo.js"], found["src/todo.js.phase3"]) == ("mine", "todo 3")
    assert (found["src/app.js"], found["src/app.js.phase2"]) == ("my app", "app 2")
    assert "src/app.js.phase2 is left from the start of phase2: merge it, then remove it." in done.advice


def test_start_knows_what_came_from_the_solution(catalog: Catalog, second: Exercise) -> None:
    """On a folder started from the reference, a file of the reference is nobody's work."""
    third = third_phase(catalog)
    catalog = Catalog(catalog.root)
    start(catalog, second, "solution", NOW)
    (catalog.starter(second) / "src" / "live.js").write_text("mine")
    done = start(catalog, third, "mine", NOW)
    found = read(done.folder)
    assert (found["src/todo.js"], found["src/app.js"], found["src/live.js"]) == ("todo 3", "app 3", "mine")
    assert done.beside == ()


def test_archives_are_not_made_of_started_folders(
    catalog: Catalog, second: Exercise, worked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The learner's whole app never becomes what is restored."""
    start(catalog, second, "mine", NOW)
    before = pristine.path_of(catalog, second).read_bytes()
    (worked / "src" / "todo.js").write_text("changed on purpose")
    monkeypatch.chdir(worked)
    written = pristine.write_all()
    assert pristine.path_of(catalog, second).read_bytes() == before
    assert [path.stem for path in written] == ["phase1-shop"]
    with pytest.raises(StoppedError, match="is a started one"):
        pristine.write(catalog, second)


def test_start_shows_the_shortest_edit(catalog: Catalog, second: Exercise, worked: Path) -> None:
    """A stub made from the solution is told by what it changes there; without solutions, by what was delivered."""
    lines = [f"line {number}\n" for number in range(9)]
    for folder, text in (
        (catalog.solution(catalog.exercise("phase1")), "".join(lines)),
        (catalog.starter(second), "".join([*lines, "mount\n"])),
        (worked, "mine"),
    ):
        (folder / "src" / "app.js").write_text(text)
    pristine.write(catalog, second)
    done = start(catalog, second, "mine", NOW)
    assert "\n+mount" in done.advice[0]
    assert done.advice[0].count("\n") == 4
    reset(catalog, second, NOW)
    (catalog.root / "solutions").rename(catalog.root / "away")
    assert "-app stub" in start(catalog, second, "mine", NOW).advice[0]


@pytest.mark.usefixtures("worked")
def test_start_removes_what_a_killed_one_left(catalog: Catalog, second: Exercise) -> None:
    """A half-made folder does not stay for ever, nor stand in the way."""
    left = lay(catalog.starter(second).with_name(".phase2-live.new-abc"), {"src/app.js": "half"})
    start(catalog, second, "mine", NOW)
    assert not left.exists()
    assert layers.is_started(catalog, second)
