from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes import Suite

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """Give an exercise without checks."""
    return Suite(tmp_path)
