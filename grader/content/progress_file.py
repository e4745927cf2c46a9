"""progress.md as bytes: where its checkboxes are, which roadmap line each belongs to, what is wrong.

The text is the learner's, in any language; the id in a comment is the key. Nothing here writes.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grader.content.complaints import printable
from grader.content.markdown import Hidden
from grader.model.problem import Blame, StoppedError, stopped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MAX_BYTES = 1024 * 1024
STAGE = "progress"

_BOM = b"\xef\xbb\xbf"
_LINES = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_BOX = re.compile(r"[ \t]*(?:[-*+]|[0-9]{1,9}[.)])[ \t]+\[(?P<mark>[ xX])\](?P<text>[ \t].*)", re.DOTALL)
_COMMENT = re.compile(r"<!--(?P<text>.*?)-->")
_ID = re.compile(r"[a-z0-9-]{1,40}\.[a-z0-9-]{1,40}")
_CONFLICT = re.compile(r"(?:<{7}|>{7}|\|{7})(?: |\r|\n|\Z)")


@dataclass(frozen=True, kw_only=True)
class Item:
    """One checkbox: `offset` is the place of its mark in the file's bytes, `id` None where it was lost."""

    id: str | None
    text: str
    ticked: bool
    offset: int
    lineno: int


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What was read. While `broken` is not empty the file must not be edited; each is a sentence."""

    items: tuple[Item, ...]
    broken: tuple[str, ...] = ()

    def find(self, titles: Mapping[str, str]) -> dict[str, Item]:
        """Return the checkbox of each line of `titles`, by id, else by the line's own words."""
        found = {line: self._candidates(line, title) for line, title in titles.items()}
        return {line: items[0] for line, items in found.items() if items}

    def ambiguous(self, titles: Mapping[str, str]) -> tuple[str, ...]:
        """Return a sentence for each line of `titles` that more than one checkbox may stand for."""
        found = (self._candidates(line, title) for line, title in titles.items())
        nameless = (items for items in found if not any(item.id for item in items))
        return tuple(_alike(items, "read the same and have no id") for items in nameless if len(items) > 1)

    def _candidates(self, line: str, title: str) -> list[Item]:
        wanted = normal(title)
        by_id = [item for item in self.items if item.id == line]
        return by_id or [item for item in self.items if wanted and not item.id and item.text == wanted]

    def unknown(self, known: Mapping[str, str]) -> tuple[Item, ...]:
        """Return the items whose id is none of `known`: tolerated, worth a word."""
        return tuple(item for item in self.items if item.id and item.id not in known)


def read(path: Path) -> bytes:
    """Return the file's bytes, never waiting and never following a link at its end.

    Raises `StoppedError` (learner, stage `progress`) when it is missing, no regular file or too large.
    """
    try:
        # Non-blocking: opening a FIFO would else wait for a writer for ever.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _unopened(path, error) from error
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise problem(path, "is not a regular file", "Move it away and restore it with git.")
        if found.st_size > MAX_BYTES:
            raise problem(path, "is larger than 1 MiB", "Move your notes to another file.")
        with os.fdopen(os.dup(handle), "rb") as stream:
            return stream.read(MAX_BYTES)
    finally:
        os.close(handle)


def parse(data: bytes) -> Progress:
    """Return the checkboxes outside code and comments, and what forbids editing."""
    text_problem = _not_text(data)
    if text_problem:
        return Progress(items=(), broken=(text_problem,))
    items: list[Item] = []
    broken: list[str] = []
    hidden = Hidden()
    for lineno, offset, line in _lines(data):
        if hidden.feed(line):
            continue
        if _CONFLICT.match(line):
            broken.append(f"line {lineno} is a conflict marker of git")
        if match := _BOX.match(line):
            ids = _ids(line)
            if len(ids) > 1:
                broken.append(f"line {lineno} has {len(ids)} ids: {', '.join(ids)}")
            items.append(_item(match, ids, offset, lineno))
    return Progress(items=tuple(items), broken=(*broken, *_duplicates(items)))


def normal(text: str) -> str:
    """Return a line's words for comparing: comments gone, white space and accents in one form."""
    return " ".join(unicodedata.normalize("NFC", _COMMENT.sub(" ", text)).split())


def problem(path: Path, what: str, remedy: str) -> StoppedError:
    """Return the complaint about a progress file that its owner must mend."""
    return stopped(Blame.LEARNER, STAGE, f"{printable(path.name)} {what}.", remedy)


def _unopened(path: Path, error: OSError) -> StoppedError:
    if error.errno == errno.ENOENT:
        return problem(path, "does not exist", f"Restore it: git checkout -- {printable(path.name)}")
    if error.errno in {errno.ELOOP, errno.EMLINK}:
        return problem(path, "is a symbolic link", "Put the file itself in its place.")
    if error.errno == errno.ENXIO:
        return problem(path, "is a socket", "Move it away and restore it with git.")
    return problem(path, f"cannot be read: {error.strerror}", "Make it readable for you: chmod u+rw.")


def _not_text(data: bytes) -> str:
    if b"\0" in data:
        return f"line {_lineno(data, data.index(0))} holds a NUL byte: save the file as UTF-8"
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return f"line {_lineno(data, error.start)} is not UTF-8: save the file as UTF-8"
    return ""


def _lineno(data: bytes, offset: int) -> int:
    return len(re.findall(rb"\r\n|\r|\n", data[:offset])) + 1


def _lines(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Yield number, offset in bytes and text of each line, as Markdown breaks lines."""
    start = len(_BOM) if data.startswith(_BOM) else 0
    for number, match in enumerate(_LINES.finditer(data, start), 1):
        yield number, match.start(), match[0].decode()


def _ids(line: str) -> list[str]:
    words = [comment["text"].strip() for comment in _COMMENT.finditer(line)]
    return list(dict.fromkeys(word for word in words if _ID.fullmatch(word)))


def _item(match: re.Match[str], ids: list[str], offset: int, lineno: int) -> Item:
    return Item(
        id=ids[-1] if ids else None,
        text=normal(match["text"]),
        ticked=match["mark"] != " ",
        # Everything before the mark is ASCII: characters are bytes.
        offset=offset + match.start("mark"),
        lineno=lineno,
    )


def _duplicates(items: list[Item]) -> list[str]:
    by_id: dict[str, list[Item]] = {}
    for item in items:
        if item.id:
            by_id.setdefault(item.id, []).append(item)
    return [_alike(same, f"have the same id {name}") for name, same in by_id.items() if len(same) > 1]


def _alike(items: list[Item], what: str) -> str:
    return f"lines {', '.join(str(item.lineno) for item in items)} {what}"
