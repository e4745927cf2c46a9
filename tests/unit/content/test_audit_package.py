"""A stack that npm would refuse to install is named before anything is built."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from grader.content import audit_package
from tests import stacked_repository

if TYPE_CHECKING:
    from pathlib import Path

    from grader.content.catalog import Catalog


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return stacked_repository.write(tmp_path / "repository")


def complaints(catalog: Catalog) -> list[str]:
    return list(audit_package.complaints(catalog, catalog.exercise("phase2")))


def test_stack_that_installs_has_no_complaint(catalog: Catalog) -> None:
    """A layer without package.json has that of the layer below."""
    assert complaints(catalog) == []


def test_layer_that_adds_a_dependency_needs_its_lockfile(catalog: Catalog) -> None:
    """The package.json of one layer over the lockfile of another is told for every stack it is in."""
    package = {"name": "stacked", "version": "1.0.0", "dependencies": {"ws": "^8"}}
    (catalog.root / "solutions/phase2-live/package.json").write_text(json.dumps(package))

    (complaint,) = complaints(catalog)

    assert "The stacked solution of phase2" in complaint
    assert "(dependencies): npm install --package-lock-only" in complaint


def test_app_without_a_lockfile_is_named(catalog: Catalog) -> None:
    """`npm ci` needs one, in the starter as well, which stands on the solution."""
    (catalog.root / "solutions/phase1-hello/package-lock.json").unlink()

    assert [told.split()[2] for told in complaints(catalog)] == ["solution", "starter"]
