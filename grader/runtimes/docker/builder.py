"""Builds images: by buildx where the docker command has it, else by the SDK's classic builder."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING

from .child import Children, Outcome
from .dockerfiles import NAME
from .engine import OLDEST_API

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .endpoint import Endpoint

PULL_SECONDS = 300.0
_ANSWER_SECONDS = 5.0
_STEP = re.compile(r"^(?:Step (\d+)/(\d+) : |#\d+ \[(?:\S+ )?\s*(\d+)/(\d+)\] )(.*)")


class BuildFailedError(Exception):
    """A build that failed: in which `step` (the Dockerfile's line), `why`, and the last lines."""

    def __init__(self, step: str, why: str, lines: Sequence[str]) -> None:
        super().__init__(why)
        self.step, self.why, self.lines = step, why, tuple(lines)


@dataclass
class Builder:
    """Builds and pulls images on one engine, in children that `close` ends."""

    endpoint: Endpoint
    children: Children = field(default_factory=Children)

    @cached_property
    def buildx(self) -> bool:
        """Whether `docker buildx` answers."""
        if shutil.which("docker") is None:
            return False
        try:
            found = subprocess.run(
                ["docker", "buildx", "version"], check=False, capture_output=True, timeout=_ANSWER_SECONDS
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return found.returncode == 0

    def build(
        self,
        context: IO[bytes],
        tag: str,
        labels: Mapping[str, str],
        seconds: float,
        say: Callable[[str], None],
    ) -> None:
        """Build `grader.Dockerfile` of a context into `tag`; raises `BuildFailedError`."""
        run = self._by_buildx if self.buildx else self._by_sdk
        outcome = run(context, tag, labels, seconds, say)
        if outcome.exit_code != 0 or outcome.cut:
            raise BuildFailedError(_last_step(outcome.lines), _reason(outcome), outcome.lines)

    def pull(self, tag: str, say: Callable[[str], None]) -> str:
        """Pull an image; return why it could not be, or nothing."""
        outcome = self._sdk({"pull": tag}, PULL_SECONDS, say)
        return _reason(outcome) if outcome.exit_code != 0 or outcome.cut else ""

    def _by_buildx(
        self,
        context: IO[bytes],
        tag: str,
        labels: Mapping[str, str],
        seconds: float,
        say: Callable[[str], None],
    ) -> Outcome:
        marks = [f"--label={name}={value}" for name, value in labels.items()]
        # The builder of the engine itself: another one may not have the local images.
        where = ["--builder=default", "--load", "--progress=plain", f"--file={NAME}", f"--tag={tag}"]
        env = {**os.environ, "DOCKER_HOST": self.endpoint.url}
        env.pop("DOCKER_CONTEXT", None)  # it would win over the address
        return self.children.run(
            ["docker", "buildx", "build", *where, *marks, "-"], env, seconds, say, context
        )

    def _by_sdk(
        self,
        context: IO[bytes],
        tag: str,
        labels: Mapping[str, str],
        seconds: float,
        say: Callable[[str], None],
    ) -> Outcome:
        order = {"dockerfile": NAME, "tag": tag, "labels": dict(labels)}
        return self._sdk(order, seconds, say, context)

    def _sdk(
        self,
        order: Mapping[str, object],
        seconds: float,
        say: Callable[[str], None],
        stdin: IO[bytes] | None = None,
    ) -> Outcome:
        whole = {**order, "url": self.endpoint.url, "version": OLDEST_API, "seconds": seconds}
        command = [sys.executable, "-I", str(Path(__file__).with_name("sdk_child.py")), json.dumps(whole)]
        with tempfile.TemporaryDirectory(prefix="grader-") as empty:
            # No registry password and no proxy of the user's goes along with the request.
            env = {**os.environ, "DOCKER_CONFIG": empty}
            return self.children.run(command, env, seconds, say, stdin)


def _last_step(lines: Sequence[str]) -> str:
    steps = [match for match in map(_STEP.match, lines) if match]
    return steps[-1][5] if steps else ""


def _reason(outcome: Outcome) -> str:
    errors = [line.partition("ERROR: ")[2] for line in outcome.lines if "ERROR: " in line]
    return outcome.cut or (errors[-1] if errors else f"the builder ended with code {outcome.exit_code}")
