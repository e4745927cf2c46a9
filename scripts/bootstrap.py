"""Makes .venv and installs the locked, hashed requirements. Standard library only.

bootstrap.py ROOT REQUIREMENTS

Prints to stderr only: stdout may be a JSON document. Safe to run twice at once and to interrupt: the
stamp that says "installed" is written last.
"""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

REMEDY_VENV = (
    "This Python cannot make virtual environments: its `venv` or `ensurepip` module is missing. "
    "Install it (Debian, Ubuntu: apt install python3-venv) or install uv, then run this again."
)


class SetUpError(Exception):
    """Set-up cannot go on; the text says what to do."""


def main(root: Path, requirements: str) -> int:
    """Set up and return the exit code."""
    began = time.monotonic()
    try:
        with one_at_a_time(root / ".venv.lock"):
            if not installed(root, requirements):
                set_up(root, requirements)
                say(f"Set up in {time.monotonic() - began:.0f} s.")
    except SetUpError as error:
        say(str(error))
        return 3
    except KeyboardInterrupt:
        say("Set-up was interrupted; it begins anew next time.")
        return 130
    return 0


def installed(root: Path, requirements: str) -> bool:
    """Tell whether exactly these requirements are installed."""
    stamp = root / ".venv" / f".installed-{requirements}"
    return stamp.is_file() and stamp.read_bytes() == (root / requirements).read_bytes()


def set_up(root: Path, requirements: str) -> None:
    """Make the environment where there is none that works, and install into it."""
    venv = root / ".venv"
    python = interpreter(venv)
    if not works(python):
        say(f"Setting up, for the first time only: a Python environment in {venv.name}/ ...")
        make(venv)
    say(f"Installing the packages of {requirements} ...")
    install(python, root / requirements)
    (site_packages(python) / "grader.pth").write_text(f"{root}\n", encoding="utf-8")
    shutil.copyfile(root / requirements, venv / f".installed-{requirements}")


def make(venv: Path) -> None:
    """Make a new environment with pip in it."""
    shutil.rmtree(venv, ignore_errors=True)
    uv = shutil.which("uv")
    if uv:
        run(
            [uv, "venv", "--seed", "--quiet", "--python", sys.executable, str(venv)],
            "uv could not make .venv",
        )
    elif importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise SetUpError(REMEDY_VENV)
    else:
        run([sys.executable, "-P", "-m", "venv", str(venv)], REMEDY_VENV)


def install(python: Path, requirements: Path) -> None:
    """Install hashed requirements, by uv where it is there."""
    uv = shutil.which("uv")
    pip = [str(python), "-P", "-m", "pip", "install"]
    tool = [uv, "pip", "install", "--python", str(python)] if uv else pip
    quiet = ["--quiet"] if uv else ["--quiet", "--disable-pip-version-check", "--no-input"]
    run(
        [*tool, *quiet, "--require-hashes", "-r", str(requirements)],
        "The packages could not be installed. If this machine is offline, connect it once; "
        "docs/air-gapped.md tells how to do without.",
    )


def run(command: list[str], complaint: str) -> None:
    """Run a command quietly; on failure raise `SetUpError` with its last lines."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise SetUpError(f"{tail}\n\n{complaint}")


def works(python: Path) -> bool:
    """Tell whether the environment's interpreter starts (a moved or upgraded base breaks it) and has pip."""
    if not python.exists():
        return False
    probe = subprocess.run([python, "-I", "-c", "import pip"], capture_output=True, check=False)
    return probe.returncode == 0


def interpreter(venv: Path) -> Path:
    """Return the path of the environment's interpreter."""
    return venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def site_packages(python: Path) -> Path:
    """Return the folder from which the environment imports."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(
        subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    )


@contextlib.contextmanager
def one_at_a_time(lock: Path) -> Iterator[None]:
    """Wait until no other set-up of this repository runs."""
    if sysconfig.get_platform().startswith("win"):
        yield
        return
    import fcntl  # noqa: PLC0415 - not on Windows

    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def say(text: str) -> None:
    """Print for people."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
