"""`dev test` and `dev lint`: other people's tools with this repository's arguments."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

_TIDY_SECONDS = 20.0


def test(root: Path, arguments: list[str]) -> int:
    """Run pytest over tests/ and return its exit code."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen([sys.executable, "-m", "pytest", *arguments], cwd=root, env=environment) as pytest:
        try:
            return pytest.wait()
        except KeyboardInterrupt:
            _let_tidy_up(pytest)
            raise


def _let_tidy_up(pytest: subprocess.Popen[bytes]) -> None:
    """Wait until an interrupted pytest has ended its containers and processes.

    A terminal has told it of the interrupt already; where only we were told, it hears of it from us.
    """
    for then in (signal.SIGINT, signal.SIGKILL):
        with contextlib.suppress(subprocess.TimeoutExpired):
            pytest.wait(_TIDY_SECONDS)
            return
        pytest.send_signal(then)


def lint(root: Path, *, fix: bool) -> int:
    """Run every linter, whatever the others say; return 1 if one complains."""
    tools = Path(sys.executable).parent
    workflows = sorted(str(path.relative_to(root)) for path in (root / ".github/workflows").glob("*.yml"))
    commands = [
        ["ruff", "check", *(["--fix"] if fix else [])],
        ["ruff", "format", *([] if fix else ["--check"])],
        ["mypy"],
        ["lint-imports"],
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows],
        ["zizmor", "--offline", "--quiet", *workflows],
    ]
    failed = [command[0] for command in commands if _fails(tools, command, root)]
    print(f"lint: {'FAILED: ' + ', '.join(failed) if failed else 'clean'}")
    return 1 if failed else 0


def _fails(tools: Path, command: list[str], root: Path) -> bool:
    print(f"$ {' '.join(command)}", flush=True)
    return subprocess.run([str(tools / command[0]), *command[1:]], cwd=root, check=False).returncode != 0
