"""The variables an app is given: templates of the manifest, filled in per run."""

from __future__ import annotations

import random
import re
import string
from typing import TYPE_CHECKING

from grader.model.problem import Blame, stopped

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\{(?P<whole>(?P<name>[a-z]+)(?::(?P<size>[\w.-]+))?)\}")
_ALPHABET = string.ascii_letters + string.digits


def fill(templates: Mapping[str, str], urls: Mapping[str, str], seed: int) -> dict[str, str]:
    """Return the variables with every placeholder filled in.

    `{postgres}`, `{plugin:NAME}` and their like take what `urls` has for them; `{random:N}` is N letters
    and digits, drawn from `seed` and the variable's name, so the same run gives the same values. Raises
    `StoppedError` (usage) for a placeholder nobody fills.
    """
    return {name: _fill_one(name, text, urls, seed) for name, text in templates.items()}


def override(env: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """Return `env` with `changes` on top; a change to None removes the variable."""
    merged = {**env, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def _fill_one(variable: str, text: str, urls: Mapping[str, str], seed: int) -> str:
    def replace(match: re.Match[str]) -> str:
        name, size = match["name"], match["size"]
        if name == "random" and size and size.isdecimal():
            draw = random.Random(f"{seed}/{variable}")  # noqa: S311 - repeatable test data, no key
            return "".join(draw.choice(_ALPHABET) for _ in range(int(size)))
        if match["whole"] in urls:
            return urls[match["whole"]]
        if name == "plugin":
            raise stopped(
                Blame.USAGE,
                "start",
                f"the variable {variable} asks for {match[0]}, and the exercise has no such plugin",
                f"add the file plugins/{size} to the exercise's folder, or mend its name in `[env]`",
            )
        raise stopped(
            Blame.USAGE,
            "start",
            f"the variable {variable} asks for {match[0]}, which no service of the exercise gives",
            "add the service to `services` in exercise.toml, or mend the placeholder in `[env]`",
        )

    return _PLACEHOLDER.sub(replace, text)
