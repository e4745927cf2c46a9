"""progress.md is read as it stands, whatever a person did to it."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from grader.content import progress_file
from grader.content.progress_file import MAX_BYTES, parse, read
from grader.model.problem import Blame, StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TITLES = {"phase1.items": "Items // Keep them.", "phase1.log-in": "Log in // Know who it is."}


def ids(text: str) -> list[tuple[str | None, bool]]:
    return [(item.id, item.ticked) for item in parse(text.encode()).items]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("- [ ] A <!-- a.b -->", [("a.b", False)]),
        ("- [x] A <!-- a.b -->", [("a.b", True)]),
        ("- [X] A <!--a.b-->", [("a.b", True)]),
        ("* [ ] A <!-- a.b -->", [("a.b", False)]),
        ("+ [ ] A <!-- a.b -->", [("a.b", False)]),
        ("1. [ ] A <!-- a.b -->", [("a.b", False)]),
        ("\t  -\t[ ]\tA <!-- a.b --> mine", [("a.b", False)]),
        ("- [ ] A <!-- mine --> <!-- a.b -->", [("a.b", False)]),
        ("- [ ] A", [(None, False)]),
        ("- [ ] A <!-- \uff21.b -->", [(None, False)]),
        ("- [ ] A <!-- a.b", [(None, False)]),
        ("- [] A <!-- a.b -->", []),
        ("- [y] A <!-- a.b -->", []),
        ("-[ ] A <!-- a.b -->", []),
        ("- [ ]A <!-- a.b -->", []),
        ("text - [ ] A <!-- a.b -->", []),
        ("```\n- [ ] A <!-- a.b -->\n```", []),
        ("~~~~ md\n- [ ] A\n~~~\n- [ ] A\n~~~~\n- [ ] B", [(None, False)]),
        ("```js `x`\n- [ ] A", [(None, False)]),
        ("- ```\n  - [ ] A\n  ```\n- [ ] B", [(None, False)]),
        ("<!--\n- [ ] A <!-- a.b -->\n- [ ] B", [(None, False)]),
        ("<!-- - [ ] A -->\n- [ ] B", [(None, False)]),
        ("text <!-- open\n- [ ] B", [(None, False)]),
    ],
)
def test_parse_sees_what_markdown_sees(line: str, expected: list[tuple[str | None, bool]]) -> None:
    """Every bullet and mark counts; code and comments do not."""
    assert ids(line) == expected


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_parse_finds_the_byte_of_the_mark(end: str, bom: bytes) -> None:
    """Offsets are bytes of the file, whatever stands before and however lines end."""
    data = bom + f"🧠{end}\x0b\x85{end}  - [x] Ä <!-- a.b -->{end}".encode()
    (item,) = parse(data).items
    assert data[item.offset - 1 : item.offset + 2] == b"[x]"
    assert item.lineno == 3


def test_find_prefers_the_id() -> None:
    """A translated line keeps its id, and a copy of its words elsewhere is the learner's own note."""
    text = "- [ ] Items // Keep them.\n- [x] Dinge // Behalte sie. <!-- phase1.items -->\n"
    found = parse(text.encode()).find(TITLES)
    assert {line: item.lineno for line, item in found.items()} == {"phase1.items": 2}


def test_find_falls_back_to_the_words() -> None:
    """Where the comment was lost the line's own words are the key, white space aside."""
    found = parse(b"- [ ]  Items  //\tKeep   them. <!-- note -->\n").find(TITLES)
    assert list(found) == ["phase1.items"]


def test_find_knows_both_forms_of_accents() -> None:
    """Composed and decomposed letters are the same words."""
    found = parse("- [ ] Cafe\u0301\n".encode()).find({"a.b": "Caf\u00e9"})
    assert list(found) == ["a.b"]


def test_ambiguous_tells_lines_that_read_the_same() -> None:
    """Two lines without id and with the same words cannot be told apart."""
    progress = parse(b"- [ ] Items // Keep them.\n- [ ] Items // Keep them.\n")
    assert progress.ambiguous(TITLES) == ("lines 1, 2 read the same and have no id",)


def test_ambiguous_leaves_lines_with_an_id_alone() -> None:
    """An id that stands twice is told as that, once."""
    line = b"- [ ] Items // Keep them. <!-- phase1.items -->\n"
    progress = parse(line + line)
    assert progress.broken == ("lines 1, 2 have the same id phase1.items",)
    assert progress.ambiguous(TITLES) == ()


def test_unknown_ids_are_tolerated() -> None:
    """An id of no exercise breaks nothing."""
    progress = parse(b"- [ ] A <!-- a.b -->\n")
    assert [item.id for item in progress.unknown(TITLES)] == ["a.b"]
    assert progress.broken == ()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a\n<<<<<<< HEAD\n=======\n>>>>>>> b\n", "line 2 is a conflict marker"),
        (b"- [ ] A <!-- a.b -->\n\n* [ ] B <!-- a.b -->\n", "lines 1, 3 have the same id a.b"),
        (b"- [ ] A <!-- a.b --> - [ ] B <!-- a.c -->", "line 1 has 2 ids: a.b, a.c"),
        (b"a\r\nb\0c", "line 2 holds a NUL byte"),
        (b"a\r\xff", "line 2 is not UTF-8"),
        ("- [ ] A".encode("utf-16"), "save the file as UTF-8"),
    ],
)
def test_parse_tells_what_forbids_editing(data: bytes, expected: str) -> None:
    """Each reason has the number of its line."""
    assert expected in parse(data).broken[0]


@pytest.mark.parametrize("text", ["Title\n=======\n", "```\n<<<<<<< HEAD\n```\n", "<<<<<<<< 8\n"])
def test_parse_knows_what_is_no_conflict(text: str) -> None:
    """Underlined headings and examples in code are fine."""
    assert parse(text.encode()).broken == ()


def make_missing(path: Path) -> None:
    assert not path.exists()


def make_link(path: Path) -> None:
    (path.parent / "real").write_text("secret")
    path.symlink_to("real")


def make_large(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (make_missing, "does not exist"),
        (lambda path: path.mkdir(), "is not a regular file"),
        (os.mkfifo, "is not a regular file"),
        (make_link, "is a symbolic link"),
        (make_large, "is larger than 1 MiB"),
        (make_socket, "is a socket"),
    ],
    ids=["missing", "directory", "fifo", "symlink", "large", "socket"],
)
@pytest.mark.timeout(5)
def test_read_refuses_at_once(tmp_path: Path, make: Callable[[Path], None], expected: str) -> None:
    """Whatever stands in the file's place is named without waiting for it."""
    path = tmp_path / "progress.md"
    make(path)
    with pytest.raises(StoppedError, match=expected) as caught:
        read(path)
    assert caught.value.problem.blame is Blame.LEARNER
    assert caught.value.problem.remedy


def test_read_takes_a_hard_link(tmp_path: Path) -> None:
    """A second name is no reason to refuse."""
    (tmp_path / "other").write_bytes(b"a")
    os.link(tmp_path / "other", tmp_path / "progress.md")
    assert read(tmp_path / "progress.md") == b"a"


def test_read_tells_what_the_system_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unreadable file is the owner's to open up."""

    def refuse(*_args: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(progress_file.os, "open", refuse)
    with pytest.raises(StoppedError, match="Permission denied"):
        read(tmp_path / "progress.md")
