"""`dev test`, interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
SUITE = """
import pathlib, time
import pytest

HERE = pathlib.Path(__file__).parent

@pytest.fixture
def container():
    yield
    time.sleep(1)
    (HERE / "removed").touch()

def test_hangs(container):
    print("begun", flush=True)
    time.sleep(60)
"""


def test_interrupt_lets_tests_tidy_up(tmp_path: Path) -> None:
    """Ctrl-C reaches both at once; the fixtures' ends, which remove containers, are waited for."""
    suite = tmp_path / "test_slow_to_end.py"
    suite.write_text(SUITE)
    command = [sys.executable, "-m", "grader.cli.dev", "test", "-s", "-p", "no:cacheprovider", str(suite)]
    dev = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert dev.stdout is not None
    assert any("begun" in line for line in dev.stdout)

    os.killpg(dev.pid, signal.SIGINT)
    dev.communicate(timeout=30)

    assert dev.returncode == 130
    assert (tmp_path / "removed").exists()
