"""Every exporter has a name, and costs nothing until it is asked for."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from grader.exporters.registry import EXPORTERS, exporter
from tests.unit.exporters import reports


@pytest.mark.parametrize("name", EXPORTERS)
def test_every_exporter_writes_what_it_renders(name: str) -> None:
    """The protocol, once for all."""
    file = io.StringIO()
    made = exporter(name, file)
    made.export(reports.mixed())
    assert file.getvalue() == made.render(reports.mixed())


def test_the_registry_imports_neither_rich_nor_jinja() -> None:
    """`grade --help` must not pay for them."""
    program = "import sys, grader.exporters.registry; print({'rich', 'jinja2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
