"""YAML that a learner wrote, read with expectations; for exercises that require `prometheus`."""

from __future__ import annotations

from typing import Any

import yaml

from grader.kit.verdicts import UnmetError


def read(name: str, text: str) -> Any:
    """Return what a file's text stands for, plain data only; raises `UnmetError` where it is no YAML."""
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnmetError(f"{name} is YAML.", expected="YAML", actual=str(error)[:500]) from None


def mapping(name: str, text: str) -> dict[str, Any]:
    """Return a file's mapping; raises `UnmetError` for anything else."""
    value = read(name, text)
    if not isinstance(value, dict):
        raise UnmetError(f"{name} is a mapping of YAML.", expected="`key: value`", actual=repr(value)[:200])
    return value


def dump(value: Any) -> str:
    """Return data as YAML."""
    return str(yaml.safe_dump(value, sort_keys=False))
