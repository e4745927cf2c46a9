"""What a pytest process is told about the run it belongs to."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.kit.channel import Channel
from grader.model.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    import pytest

CHANNEL_VARIABLE = "GRADE_CHANNEL"
"""Environment variable with the number of the inherited socket's file descriptor."""

TARGET_VARIABLE = "GRADE_TARGET"
"""Environment variable with the path of a target.json, for plain pytest."""

_LISTENING = 2.0

_START = "no running service: start one with `grade run EXERCISE`, then run pytest beside it"


@dataclass(frozen=True, kw_only=True)
class PlannedCheck:
    """A check as the plan names it: where it stands and what it builds on."""

    id: str
    file: Path
    function: str
    after: tuple[str, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Session:
    """The plan of this process, its target, and the way to the grader.

    `strict` is set in the suite's child: whatever is not in the plan does not run, and events go up.
    """

    target: Target
    checks: tuple[PlannedCheck, ...]
    support: tuple[tuple[str, Path], ...]
    channel: Callable[[], Channel]
    strict: bool

    def arrange(self, items: list[pytest.Item]) -> list[str]:
        """Sort the items by the plan, in place; drop what is not planned if strict. Return the ids."""
        places = {(check.file, check.function): place for place, check in enumerate(self.checks)}
        last = len(places)

        def place(item: pytest.Item) -> int:
            return places.get((item.path, item.name), last)

        items.sort(key=place)
        if self.strict:
            del items[sum(place(item) < last for item in items) :]
        return [check.id for item in items if (check := self.check_of(item))]

    def check_of(self, item: pytest.Item) -> PlannedCheck | None:
        """Return the planned check of an item."""
        return self._by_place.get((item.path, item.name))

    @functools.cached_property
    def _by_place(self) -> dict[tuple[Path, str], PlannedCheck]:
        return {(check.file, check.function): check for check in self.checks}


class NoSessionError(Exception):
    """No service runs that checks could be run against; the text says what to do."""


def find(config: pytest.Config) -> Session:
    """Return the session of this process: the suite's child, or plain pytest beside `grade run`.

    Raises `NoSessionError`.
    """
    descriptor = os.environ.pop(CHANNEL_VARIABLE, None)
    if descriptor is not None:
        sock = socket.socket(fileno=int(descriptor))
        sock.set_inheritable(False)
        channel = Channel(sock)
        return _session(channel.receive(), lambda: channel, strict=True)
    path = Path(os.environ.get(TARGET_VARIABLE) or config.rootpath / ".grade" / "target.json")
    if not path.is_file():
        raise NoSessionError(_START)
    try:
        plan = json.loads(path.read_text())
        _connect(plan["socket"]).close()
        return _session(plan, functools.cache(lambda: Channel(_connect(plan["socket"]))), strict=False)
    except OSError:
        raise NoSessionError(f"the service of {path} runs no more: start it again with `grade run`") from None
    except (ValueError, KeyError, TypeError) as error:
        raise NoSessionError(f"{path} is not what `grade run` writes ({error!r}): start it again") from None


def why_skip(test: Path, session: Session | None, why_none: str) -> str:
    """Return why a test file cannot be run here, or an empty text if it can, or holds no checks of ours."""
    if not (test.parent / "exercise.toml").is_file():
        return ""
    if session is None:
        return why_none or _START
    folders = {check.file.parent for check in session.checks} | {path.parent for _, path in session.support}
    if test.parent in folders:
        return ""
    return f"the running service is that of {session.target.exercise}: start this one's with `grade run`"


def vocabularies(session: Session) -> Iterator[tuple[str, ModuleType]]:
    """Yield the support modules of the exercise and of those it stacks on, the deepest first."""
    for exercise, path in session.support:
        name = f"grader_support_{exercise}"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # dataclasses of the module look themselves up by name
        spec.loader.exec_module(module)
        yield name, module


def _session(plan: dict[str, Any], channel: Callable[[], Channel], *, strict: bool) -> Session:
    return Session(
        target=Target.from_json(plan["target"]),
        checks=tuple(
            PlannedCheck(
                id=check["id"],
                file=Path(check["file"]),
                function=check["function"],
                after=tuple(check["after"]),
                needs=tuple(check["needs"]),
            )
            for check in plan["checks"]
        ),
        support=tuple((exercise, Path(path)) for exercise, path in plan["support"]),
        channel=channel,
        strict=strict,
    )


def _connect(path: str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(_LISTENING)
    try:
        sock.connect(path)
    except OSError:
        sock.close()
        raise
    sock.settimeout(None)
    return sock
