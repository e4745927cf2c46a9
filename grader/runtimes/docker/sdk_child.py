"""Run as a program: builds or pulls one image through the SDK, and prints what the engine says.

The SDK's `build` knows no deadline and cannot be interrupted; the engine cancels a build within a
second of its client's death. So the client is a process of its own.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def main() -> int:
    """Do what the JSON document in the first argument asks; the exit code is 1 where it failed."""
    from docker import APIClient  # noqa: PLC0415 - only the child pays for it
    from docker.errors import DockerException  # noqa: PLC0415

    order = json.loads(sys.argv[1])
    api = APIClient(base_url=order["url"], version=order["version"], timeout=order["seconds"])
    try:
        return _tell(_answers(api, order))
    except (DockerException, OSError) as error:
        _say(f"ERROR: {getattr(error, 'explanation', None) or error}")
        return 1


def _answers(api: Any, order: dict[str, Any]) -> Iterable[dict[str, Any]]:
    if "pull" in order:
        repository, _, tag = order["pull"].rpartition(":")
        pulled: Iterable[dict[str, Any]] = api.pull(repository, tag, stream=True, decode=True)
        return pulled
    built: Iterable[dict[str, Any]] = api.build(
        fileobj=sys.stdin.buffer,
        custom_context=True,
        dockerfile=order["dockerfile"],
        tag=order["tag"],
        labels=order["labels"],
        rm=True,
        forcerm=True,  # else a failed step leaves its container
        pull=False,
        use_config_proxy=False,
        decode=True,
    )
    return built


def _tell(answers: Iterable[dict[str, Any]]) -> int:
    for answer in answers:
        if "error" in answer:
            _say(f"ERROR: {answer['error']}")
            return 1
        text = str(answer.get("stream") or answer.get("status") or "")
        if text.strip() and "progressDetail" not in answer:
            _say(text)
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
