"""What this machine cannot run is skipped, named at the end, and under strictness a failure."""

from __future__ import annotations

import functools
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

STRICT = "GRADE_TESTS_STRICT"
"""Set where everything is at hand, as in CI: a skipped test then fails."""


@functools.cache
def engine_answers() -> bool:
    """Tell whether a Docker engine answers within ten seconds."""
    try:
        done = subprocess.run(["docker", "info"], capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs an engine where none answers."""
    if item.get_closest_marker("docker") and not engine_answers():
        pytest.skip("no Docker engine answers: start one, for example with scripts/prepare-engine")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under strictness, make a failure of each skip."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get(STRICT):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and {STRICT} is set: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what this machine could not run."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.write_sep("-", f"{len(skipped)} tests could not run here")
        for reason in sorted(
            {report.longrepr[2] for report in skipped if isinstance(report.longrepr, tuple)}
        ):
            terminalreporter.write_line(f"  {reason}")
