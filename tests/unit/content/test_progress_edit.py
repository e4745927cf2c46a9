"""Ticking changes one byte a line, in one step, and keeps everything else that a person wrote."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.content import progress_edit
from grader.content.progress_edit import Edit, apply, rewrite
from grader.content.progress_file import parse
from grader.model.problem import Blame, StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = "# Mine\r\n\r\n- [ ] A // Do. <!-- a.one -->\r\n* [x] B // Do. <!-- a.two -->\n- [ ] mine"
IDS = ("a.one", "a.two", "a.three")
PATH = Path("progress.md")
TITLES = {line: f"Line {line}" for line in IDS}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "progress.md"
    file.write_bytes(TEXT.encode())
    return file


def everything_in(folder: Path) -> dict[str, bytes]:
    return {item.name: item.read_bytes() for item in folder.iterdir()}


def test_apply_tells_what_changed(path: Path) -> None:
    """Ticked, unticked, unchanged and missing lines are told apart."""
    edit = apply(path, {"a.one": True, "a.two": False, "a.none": True}, {})
    assert edit == Edit(ticked=("a.one",), unticked=("a.two",), missing=("a.none",))
    assert path.read_bytes() == TEXT.replace("[ ] A", "[x] A").replace("[x] B", "[ ] B").encode()
    assert apply(path, {"a.one": True}, {}) == Edit(unchanged=("a.one",))


def test_apply_finds_a_line_by_its_words(path: Path) -> None:
    """A line that lost its id is still ticked."""
    path.write_text("- [ ] Keep // Them.")
    assert apply(path, {"a.one": True}, {"a.one": "Keep  // Them."}).ticked == ("a.one",)
    assert path.read_text() == "- [x] Keep // Them."


def test_apply_keeps_the_mode(path: Path) -> None:
    """The new file has the old one's permissions."""
    path.chmod(0o640)
    apply(path, {"a.one": True}, {})
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_apply_without_a_change_leaves_the_file_alone(path: Path) -> None:
    """Nothing to do means no new file, so a read-only one is fine then."""
    path.chmod(0o444)
    before = path.stat().st_ino
    apply(path, {"a.two": True, "a.none": False}, {})
    assert path.stat().st_ino == before


def test_apply_leaves_nothing_beside_the_file(path: Path) -> None:
    """The temporary file is gone."""
    apply(path, {"a.one": True}, {})
    assert list(everything_in(path.parent)) == ["progress.md"]


def test_apply_removes_what_a_killed_writer_left(path: Path) -> None:
    """Only what is old: another run may be writing just now."""
    dead, living = (path.with_name(f".progress.md.{name}.tmp") for name in ("dead", "living"))
    dead.touch()
    os.utime(dead, (0, 0))
    living.touch()
    apply(path, {"a.one": True}, {})
    assert set(everything_in(path.parent)) == {"progress.md", living.name}


def test_apply_refuses_a_read_only_file(path: Path) -> None:
    """Its owner said no, also to root."""
    path.chmod(0o444)
    with pytest.raises(StoppedError, match="read-only") as caught:
        apply(path, {"a.one": True}, {})
    assert caught.value.problem.remedy == "chmod u+w progress.md"
    assert everything_in(path.parent) == {"progress.md": TEXT.encode()}


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ("\n<<<<<<< HEAD\n", "line 6 is a conflict marker"),
        ("\n- [ ] C <!-- a.one -->", "lines 3, 6 have the same id a.one"),
        ("\n- [ ] C\n- [ ] C", "lines 6, 7 read the same"),
        ("\0", "line 5 holds a NUL byte"),
    ],
)
def test_apply_refuses_a_broken_file(path: Path, extra: str, expected: str) -> None:
    """A file whose meaning is unclear stays as it is, and the message has the line's number."""
    data = (TEXT + extra).encode()
    path.write_bytes(data)
    with pytest.raises(StoppedError, match=expected) as caught:
        apply(path, {"a.one": True, "a.c": True}, {"a.c": "C"})
    assert caught.value.problem.blame is Blame.LEARNER
    assert everything_in(path.parent) == {"progress.md": data}


def test_apply_never_follows_a_link(tmp_path: Path) -> None:
    """A link in the file's place is refused, its target untouched."""
    (tmp_path / "real").write_text(TEXT)
    (tmp_path / "progress.md").symlink_to("real")
    with pytest.raises(StoppedError, match="symbolic link"):
        apply(tmp_path / "progress.md", {"a.one": True}, {})
    assert (tmp_path / "real").read_bytes() == TEXT.encode()


def interfere(monkeypatch: pytest.MonkeyPatch, action: Callable[[], object], times: int) -> None:
    """Let somebody else act between the writing of the new file and its taking the old one's place."""
    real, left = progress_edit._write_new, [times]

    def write_new(path: Path, data: bytes, like: os.stat_result) -> None:
        real(path, data, like)
        if left[0]:
            left[0] -= 1
            action()

    monkeypatch.setattr(progress_edit, "_write_new", write_new)


def test_apply_keeps_an_edit_made_meanwhile(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody's note, written at the worst moment, survives together with the tick."""
    interfere(monkeypatch, lambda: path.write_bytes(b"new note\n" + path.read_bytes()), times=3)
    assert apply(path, {"a.one": True}, {}).ticked == ("a.one",)
    assert path.read_bytes() == (b"new note\n" * 3) + TEXT.replace("[ ] A", "[x] A").encode()


def test_apply_gives_up_on_a_restless_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that changes every time is left to whoever changes it."""
    interfere(monkeypatch, lambda: path.write_bytes(path.read_bytes() + b"!"), times=99)
    with pytest.raises(StoppedError, match="all the time"):
        apply(path, {"a.one": True}, {})
    assert everything_in(path.parent) == {"progress.md": TEXT.encode() + b"!" * progress_edit.ATTEMPTS}


def test_apply_survives_the_files_removal(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that vanishes meanwhile is not brought back."""
    interfere(monkeypatch, path.unlink, times=1)
    with pytest.raises(StoppedError, match="does not exist"):
        apply(path, {"a.one": True}, {})
    assert everything_in(path.parent) == {}


def full_disk(monkeypatch: pytest.MonkeyPatch, nth: int) -> list[int]:
    """Write one byte at a time, and find the disk full at the `nth` call (counted from 0)."""
    calls: list[int] = []
    real = os.write

    def write(handle: int, data: bytes) -> int:
        calls.append(len(data))
        if len(calls) > nth:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(handle, data[:16])

    monkeypatch.setattr(progress_edit.os, "write", write)
    return calls


def writes_needed(path: Path) -> int:
    with pytest.MonkeyPatch.context() as patch:
        calls = full_disk(patch, nth=1000)
        apply(path, {"a.one": True}, {})
    path.write_bytes(TEXT.encode())
    return len(calls)


def test_apply_survives_a_full_disk_at_every_write(path: Path) -> None:
    """Whichever write fails, the old file is whole and nothing lies beside it."""
    needed = writes_needed(path)
    assert needed > 3
    for nth in range(needed):
        with pytest.MonkeyPatch.context() as patch:
            full_disk(patch, nth)
            with pytest.raises(StoppedError, match="No space") as caught:
                apply(path, {"a.one": True}, {})
        assert caught.value.problem.blame is Blame.OURS
        assert everything_in(path.parent) == {"progress.md": TEXT.encode()}


@pytest.mark.parametrize("name", ["open", "fchmod", "fsync", "replace"])
def test_apply_survives_any_failing_call(path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A network drive without rename, a folder without room: the old file stays, the reason is told."""
    real = getattr(os, name)

    def fail(*args: object, **kwargs: object) -> object:
        if name == "open" and args[0] == path:
            return real(*args, **kwargs)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(progress_edit.os, name, fail)
    with pytest.raises(StoppedError, match="Input/output error") as caught:
        apply(path, {"a.one": True}, {})
    monkeypatch.undo()
    assert caught.value.problem.blame is Blame.OURS
    assert everything_in(path.parent) == {"progress.md": TEXT.encode()}


def test_apply_ignores_a_folder_that_cannot_be_synced(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the file is in place the tick is made."""
    real = os.fsync

    def fsync(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        real(handle)

    monkeypatch.setattr(progress_edit.os, "fsync", fsync)
    assert apply(path, {"a.one": True}, {}).ticked == ("a.one",)


# Text that a person may have written: often fences, boxes, odd line ends; never an id of ours.
noise = st.lists(
    st.one_of(
        st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=30),
        st.sampled_from(
            ["```", "~~~", "<!--", "-->", "- [ ] mine", "* [x]", "=======", "🧠 // é", "", "> - [ ] q"]
        ),
    ),
    max_size=8,
)
box = st.builds(
    "{}{} [{}] Line {} <!-- {{}} -->".format,
    st.sampled_from(["", "  ", "\t"]),
    st.sampled_from(["-", "*", "+", "7."]),
    st.sampled_from([" ", "x", "X"]),
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters="<>"), max_size=10),
)


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    lines = draw(noise)
    for line in draw(st.permutations(IDS)):
        lines.append(draw(box).replace("{}", line))
        lines.extend(draw(noise))
    ends = st.sampled_from(["\n", "\r\n", "\r"])
    text = "".join(line + draw(ends) for line in lines[:-1]) + lines[-1]
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.encode()


changes_asked = st.dictionaries(st.sampled_from(IDS), st.booleans())


def change(data: bytes, changes: dict[str, bool]) -> bytes:
    return rewrite(PATH, data, changes, TITLES)[0]


@given(data=documents(), changes=changes_asked)
def test_rewrite_touches_only_the_marks_asked_for(data: bytes, changes: dict[str, bool]) -> None:
    """Whatever stands around: only bytes between brackets of named lines differ, and they are right."""
    after, edit = rewrite(PATH, data, changes, TITLES)
    items = {item.id: item for item in parse(data).items if item.id}
    differing = {n for n, (old, new) in enumerate(zip(data, after, strict=True)) if old != new}
    assert differing == {items[line].offset for line in (*edit.ticked, *edit.unticked)}
    assert all(data[n - 1 : n] == b"[" and data[n + 1 : n + 2] == b"]" for n in differing)
    found = {item.id: item.ticked for item in parse(after).items if item.id}
    assert {line: found[line] for line in changes if line in found} == {
        line: value for line, value in changes.items() if line in items
    }
    assert set(edit.missing) == set(changes) - set(items)


@given(data=documents(), changes=changes_asked)
def test_rewrite_twice_is_once(data: bytes, changes: dict[str, bool]) -> None:
    """The same changes again change nothing."""
    once = change(data, changes)
    assert change(once, changes) == once


@given(data=documents(), line=st.sampled_from(IDS))
def test_rewrite_back_is_identity(data: bytes, line: str) -> None:
    """Ticking and then unticking an empty box gives the very same bytes."""
    empty = change(data, {line: False})
    assert change(change(empty, {line: True}), {line: False}) == empty


@given(data=st.binary(max_size=200))
def test_rewrite_of_any_bytes_refuses_or_keeps_them(data: bytes) -> None:
    """Bytes that hold no line of ours come back unchanged or are refused with a reason."""
    if parse(data).broken:
        with pytest.raises(StoppedError, match="was not changed"):
            rewrite(PATH, data, {"a.one": True}, {})
    else:
        assert rewrite(PATH, data, {"a.one": True}, {}) == (data, Edit(missing=("a.one",)))
