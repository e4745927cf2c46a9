"""Reads what a command in a container prints, with a deadline and a bound."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

OUTPUT_BYTES = 64 << 10


@dataclass(frozen=True)
class Ended:
    """How a command ended: `exit_code` is None when it outlived its deadline; output is bounded."""

    exit_code: int | None
    output: str


class Reader:
    """Reads a command's output in a thread of its own, because the SDK's streams know no deadline."""

    def __init__(self, begin: Callable[[], Any]) -> None:
        self.error: BaseException | None = None
        self._kept = bytearray()
        self._thread = threading.Thread(target=self._read, args=(begin,), daemon=True)
        self._thread.start()

    def _read(self, begin: Callable[[], Any]) -> None:
        from docker.utils import socket as frames  # noqa: PLC0415

        of: Any = frames.frames_iter

        try:
            with contextlib.closing(begin()) as stream:
                for _, chunk in of(stream, tty=False):
                    self._kept += chunk
                    del self._kept[:-OUTPUT_BYTES]
                stream._response.close()  # noqa: SLF001 - the SDK would leave it to the garbage collector
        except errors() as error:
            self.error = error

    def finished(self, seconds: float) -> bool:
        """Wait until all was read; tell whether it was in time."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def text(self) -> str:
        """Return the last of what was read."""
        return bytes(self._kept).decode("utf-8", "replace")


def errors() -> tuple[type[Exception], ...]:
    """Return what the SDK and the libraries below it raise when a call goes wrong."""
    from docker.errors import DockerException  # noqa: PLC0415
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - broken streams surface as these

    # requests' own are OSErrors; ValueError and KeyError: an answer that is no engine's.
    return (DockerException, HTTPError, OSError, ValueError, KeyError)
