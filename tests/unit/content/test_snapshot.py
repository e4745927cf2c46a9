"""A snapshot holds the app and nothing else, or is refused before a byte is read."""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING

import pytest

from grader.content import tree
from grader.content.snapshot import skipped, take
from grader.model.problem import Blame, StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def app(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    (folder / "src").mkdir(parents=True)
    (folder / "package.json").write_text("{}")
    (folder / "src" / "index.js").write_text("//")
    return folder


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy"


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def refusal(app: Path, copy: Path) -> str:
    with pytest.raises(StoppedError) as caught:
        take(app, copy)
    problem = caught.value.problem
    assert (problem.blame, problem.stage) == (Blame.LEARNER, "snapshot")
    assert problem.remedy
    return problem.message


def test_take_copies_bytes_and_x_bits(app: Path, copy: Path) -> None:
    """Content and executability arrive, other permission bits do not."""
    (app / "run").write_bytes(b"\0\xff\r\n")
    (app / "run").chmod(0o4711)
    (app / "package.json").chmod(0o600)
    (app / "empty").mkdir()
    take(app, copy)
    assert files(copy) == ["empty", "package.json", "run", "src", "src/index.js"]
    assert (copy / "run").read_bytes() == b"\0\xff\r\n"
    assert [(copy / name).stat().st_mode & 0o7777 for name in ("run", "package.json")] == [0o755, 0o644]


def test_take_leaves_out_what_is_not_the_app(app: Path, copy: Path) -> None:
    """Dependencies, tools' folders, reports and secrets stay behind."""
    for name in (
        "node_modules/a/i.js",
        "src/node_modules/b.js",
        ".git/config",
        ".grade/x",
        "coverage/i.html",
    ):
        (app / name).parent.mkdir(parents=True, exist_ok=True)
        (app / name).write_text("x")
    for name in (".env", ".env.local", "src/.env", ".env.example", "progress.md", "src/progress.md"):
        (app / name).write_text("x")
    take(app, copy)
    assert files(copy) == [".env.example", "package.json", "src", "src/index.js", "src/progress.md"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("src/coverage", False),
        ("dist", False),
        (".environment", False),
        (".env.production", True),
        ("a/.git", True),
        (".started.toml", True),
    ],
)
def test_skipped_decides_by_name_and_place(path: str, expected: bool) -> None:
    """Only the names of the module's docstring are left out."""
    assert skipped(path) is expected


def test_take_digests_what_matters(app: Path, tmp_path: Path) -> None:
    """The digest is of path, x bit and bytes; not of times or what is left out."""

    def digest(name: str) -> str:
        return take(app, tmp_path / name)

    first = digest("1")
    os.utime(app / "package.json", (1, 1))
    (app / ".env").write_text("SECRET=1")
    assert digest("2") == first
    (app / "package.json").chmod(0o755)
    second = digest("3")
    (app / "package.json").rename(app / "Procfile")
    third = digest("4")
    (app / "Procfile").write_text("{ }")
    assert len({first, second, third, digest("5")}) == 4


def test_take_of_a_copy_has_the_same_digest(app: Path, tmp_path: Path) -> None:
    """A copy is the app again, also for the digest without copying."""
    (app / "link").symlink_to("src/index.js")
    digest = take(app, tmp_path / "1")
    assert take(tmp_path / "1", tmp_path / "2") == digest
    assert tree.digest(app, skipped) == digest


def test_take_keeps_links_that_stay_inside(app: Path, copy: Path) -> None:
    """A relative link is copied as a link, a dangling one too."""
    (app / "src" / "up").symlink_to("../package.json")
    (app / "loop").symlink_to("loop")
    (app / "gone").symlink_to("src/nothing")
    take(app, copy)
    assert str((copy / "src" / "up").readlink()) == "../package.json"
    assert str((copy / "loop").readlink()) == "loop"


@pytest.mark.parametrize(
    "target",
    ["/etc/passwd", "../secret", "src/../../secret", "..", "src/out/../../../secret", "../app/package.json"],
)
def test_take_refuses_links_that_leave(app: Path, copy: Path, target: str) -> None:
    """No way of writing it takes a file from outside."""
    (app.parent / "secret").write_text("SECRET")
    (app / "src" / "deep").mkdir()
    (app / "src" / "out").symlink_to("deep")
    (app / "link").symlink_to(target)
    assert "the link link to" in refusal(app, copy)
    assert not copy.exists()


def test_take_refuses_a_link_through_a_link(app: Path, copy: Path) -> None:
    """Words that stay inside do not help when another link leads out."""
    (app / "a" / "b").mkdir(parents=True)
    (app / "a" / "b" / "top").symlink_to("../../src")
    (app / "link").symlink_to("a/b/top/../../x")
    assert "leaves the folder" in refusal(app, copy)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


@pytest.mark.parametrize("make", [os.mkfifo, make_socket], ids=["fifo", "socket"])
@pytest.mark.timeout(5)
def test_take_refuses_special_files(app: Path, copy: Path, make: Callable[[Path], None]) -> None:
    """A FIFO is named at once instead of being waited for."""
    make(app / "pipe")
    assert "pipe, which is a FIFO, socket or device" in refusal(app, copy)


@pytest.mark.timeout(5)
def test_take_refuses_a_sparse_giant(app: Path, copy: Path) -> None:
    """Twenty sparse gigabytes are refused by their size, unread."""
    with (app / "giant").open("wb") as stream:
        stream.truncate(20 * 1024**3)
    assert "giant of 20480 MiB; 50 are allowed" in refusal(app, copy)


def test_take_refuses_too_much_in_all(app: Path, copy: Path) -> None:
    """Many allowed files can be too much together."""
    for number in range(5):
        with (app / f"big{number}").open("wb") as stream:
            stream.truncate(45 * 1024**2)
    assert "more than 200 MiB" in refusal(app, copy)


@pytest.mark.parametrize("make", ["file", "folder"])
def test_take_refuses_too_many_at_once(
    app: Path, copy: Path, monkeypatch: pytest.MonkeyPatch, make: str
) -> None:
    """The scan stops at the limit and names the folder that holds most."""
    monkeypatch.setattr(tree, "MAX_ENTRIES", 1000)
    for number in range(1100):
        path = app / "src" / str(number)
        path.mkdir() if make == "folder" else path.write_bytes(b"")
    assert "more than 1000 files, most of them in src" in refusal(app, copy)


def test_take_refuses_a_hundred_thousand_files_quickly(app: Path, copy: Path) -> None:
    """How many more there are does not matter: the scan ends at the limit."""
    folder = app / "many"
    folder.mkdir()
    first = folder / "0"
    first.write_bytes(b"")
    for number in range(1, 100_000):
        # Links to one file: as many names, made faster than files.
        os.link(first, folder / str(number)) if number % 30_000 else first.unlink() or first.write_bytes(b"")
    started = time.monotonic()
    assert "more than 20000 files" in refusal(app, copy)
    assert time.monotonic() - started < 2


def test_take_refuses_deep_folders(app: Path, copy: Path) -> None:
    """Depth is bounded before paths grow too long."""
    deep = app.joinpath(*["d"] * 70)
    deep.mkdir(parents=True)
    assert "more than 64 deep" in refusal(app, copy)


@pytest.mark.parametrize("name", [b"caf\xe9.js", "日本.js".encode(), b"new\nline", b"-rf"])
def test_take_copies_any_name(app: Path, copy: Path, name: bytes) -> None:
    """Names that are not UTF-8 or hold control characters survive."""
    (app / os.fsdecode(name)).write_bytes(b"x")
    take(app, copy)
    assert name in {os.fsencode(path.name) for path in copy.iterdir()}


def test_refusals_are_printable(app: Path, copy: Path) -> None:
    """A name cannot paint the terminal."""
    os.mkfifo(app / "\x1b[31mred\udce9")
    message = refusal(app, copy)
    assert message.isprintable()
    assert "\\x1b[31mred\\xe9" in message


def test_take_names_what_it_cannot_read(app: Path, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unreadable file is the learner's to open up, by name."""
    real = os.open

    def refuse(path: Path, *args: int, **kwargs: int) -> int:
        if str(path).endswith("index.js"):
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **kwargs)

    monkeypatch.setattr(tree.os, "open", refuse)
    assert "src/index.js, which cannot be read: Permission denied" in refusal(app, copy)


def test_take_notices_a_file_that_became_a_link(
    app: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was a file during the scan and is a link during the copy is not followed."""
    real = tree.scan

    def scan(root: Path, skip: Callable[[str], bool]) -> tuple[tree.Entry, ...]:
        found = real(root, skip)
        (root / "package.json").unlink()
        (root / "package.json").symlink_to("/etc/passwd")
        return found

    monkeypatch.setattr(tree, "scan", scan)
    assert "package.json, which cannot be read" in refusal(app, copy)


def test_take_tells_a_full_disk_as_ours(app: Path, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that cannot be written is no fault of the app."""

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tree, "_put", full)
    with pytest.raises(StoppedError, match="No space left") as caught:
        take(app, copy)
    assert caught.value.problem.blame is Blame.OURS


@pytest.mark.parametrize("case", ["missing", "file", "link", "empty", "no app", "only skipped"])
def test_take_refuses_what_is_no_app(tmp_path: Path, app: Path, copy: Path, case: str) -> None:
    """What was named instead of an app's folder is told apart."""
    place = tmp_path / "place"
    if case == "file":
        place.write_text("")
    elif case == "link":
        place.symlink_to(app)
    elif case != "missing":
        place.mkdir()
    if case == "no app":
        (place / "index.js").write_text("")
    if case == "only skipped":
        (place / ".env").write_text("")
    expected = {
        "missing": "does not exist",
        "file": "is a file",
        "link": "is a link",
        "empty": "is empty",
        "no app": "holds no app",
        "only skipped": "is empty",
    }
    assert expected[case] in refusal(place, copy)


@pytest.mark.parametrize("name", ["Procfile", "go.mod", "pyproject.toml"])
def test_take_accepts_apps_of_other_languages(tmp_path: Path, copy: Path, name: str) -> None:
    """An app need not be Node."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / name).write_text("")
    take(tmp_path / "app", copy)
    assert files(copy) == [name]


def test_take_runs_nothing(app: Path, copy: Path, tmp_path: Path) -> None:
    """A configured git hook in the folder stays data."""
    marker = tmp_path / "ran"
    (app / ".git").mkdir()
    (app / ".git" / "config").write_text(f"[core]\n\tfsmonitor = touch {marker}\n")
    take(app, copy)
    assert not marker.exists()
