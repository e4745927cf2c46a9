"""Our Dockerfiles: what is built is decided here, whatever a learner ships."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent / "templates"
NAME = "grader.Dockerfile"


def render(name: str, **facts: Any) -> str:
    """Return a Dockerfile of `templates/`, filled in; raises jinja2's error for a fact not given."""
    return str(_environment().get_template(f"{name}.Dockerfile.j2").render(**facts))


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - only to build

    return Environment(  # noqa: S701 - no HTML; nothing of the learner's is filled in
        loader=FileSystemLoader(FOLDER), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
