"""A text stream that takes any text and outlives its reader."""

from __future__ import annotations

import io
import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

# What our own output uses beyond ASCII, and what says the same where the encoding lacks it.
_RICH = "✓✗–—★☆│─·…▸→“”’"  # noqa: RUF001 (typography is the point)
_PLAIN = ("+", "x", "-", "-", "*", "*", "|", "-", ".", "...", ">", "->", '"', '"', "'")
_LOOK_ALIKES = {ord(character): plain for character, plain in zip(_RICH, _PLAIN, strict=True)}
_COMMAND_AT_START = re.compile(r"^(\s*):(?=:)", re.MULTILINE)


class SafeStream(io.TextIOBase):
    r"""Writes to another stream; see what it forgives.

    Characters that the encoding lacks become their ASCII look-alike or a `\uNNNN`; once the reader
    has gone (`| head`) the rest is dropped, so that cleaning up goes on. With `commands=False` no line
    can be taken for a GitHub workflow command, wherever a long line was broken.
    """

    def __init__(self, file: TextIO, *, commands: bool = True) -> None:
        super().__init__()
        self._file = file
        self._commands = commands
        self._gone = False
        self._encoding = getattr(file, "encoding", None) or "utf-8"
        self._poor = not _can_encode(_RICH, self._encoding)

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of the stream behind; a console chooses its box characters by it."""
        return self._encoding

    def isatty(self) -> bool:
        """Tell whether a terminal is behind."""
        return self._file.isatty()

    def fileno(self) -> int:
        """Return the descriptor of the stream behind, for its width."""
        return self._file.fileno()

    def write(self, text: str) -> int:
        """Write the text as far as there is a reader; always reports all of it as written."""
        self._try(self._file.write, self._safe(text))
        return len(text)

    def flush(self) -> None:
        """Flush the stream behind."""
        self._try(self._file.flush)

    def _safe(self, text: str) -> str:
        if not self._commands:
            text = _COMMAND_AT_START.sub(r"\1: ", text).replace("##[", "## [")
        if self._poor:
            text = text.translate(_LOOK_ALIKES)
        return text.encode(self._encoding, "backslashreplace").decode(self._encoding)

    def _try(self, action: Callable[..., object], *args: str) -> None:
        if self._gone:
            return
        try:
            action(*args)
        except BrokenPipeError:
            self._gone = True
            self._discard_the_rest()

    def _discard_the_rest(self) -> None:
        # What is still buffered would raise again when the interpreter flushes it at exit.
        with suppress(OSError, ValueError):
            sink = os.open(os.devnull, os.O_WRONLY)
            os.dup2(sink, self._file.fileno())
            os.close(sink)


def _can_encode(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
