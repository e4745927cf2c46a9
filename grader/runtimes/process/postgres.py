"""A PostgreSQL server of the run's own, on loopback, from a data folder initialised once."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.model.problem import Blame, StoppedError, stopped
from grader.runtimes import versions
from grader.runtimes.locks import locked
from grader.runtimes.process.ports import free_port
from grader.runtimes.wheels import unpacked

if TYPE_CHECKING:
    from grader.runtimes.process.children import Child, Children

ADMIN = "grader"
GROUP = "postgres"
_NOBODY = "nobody"
_START_SECONDS = 20.0
_STOP_SECONDS = 3.0
_PAUSE = 0.005
_ATTEMPTS = 3
_MEMORY_NEEDED = 2 << 30
_STATUS_LINE = 7
# The run's data are thrown away, so nothing needs to survive a power cut.
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


@dataclass(frozen=True)
class Database:
    """A service of one app: `url` is the app's; `admin` the grader's own, with all rights.

    `proxy` names the fault proxy that `url` leads through, if it does.
    """

    url: str
    admin: str
    proxy: str = ""


@dataclass
class Postgres:
    """The server; `data` is a folder of this run that `stop` removes."""

    children: Children
    cache: Path
    data: Path
    port: int = 0
    _child: Child | None = None
    _password: str = field(default="", repr=False)

    @cached_property
    def _bin(self) -> Path:
        return unpacked(versions.POSTGRES, self.cache) / "bin"

    def start(self) -> None:
        """Start on a copy of the template; raises `StoppedError` (missing or ours)."""
        require_searchable(self.cache)
        template = self._template()
        self._password = (template / "password").read_text()
        subprocess.run(["cp", "-a", str(template / "data"), str(self.data)], check=True)
        for _ in range(_ATTEMPTS):
            self.port = free_port()
            self._child = self._spawn()
            if self._ready(self._child):
                return
        log = self._child.output.tail() if self._child else ""
        raise stopped(Blame.OURS, "start", "PostgreSQL did not start", "run the grader again", log)

    def _spawn(self) -> Child:
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        where = ["-D", str(self.data), "-h", "127.0.0.1", "-p", str(self.port), "-k", ""]
        command = [str(self._bin / "postgres"), *where, *settings]
        return self.children.spawn(command, cwd=self.data.parent, env=_env(), owner=GROUP, **_user())

    def _ready(self, child: Child) -> bool:
        """Wait until the server says in its own status file that it takes connections."""
        deadline = time.monotonic() + _START_SECONDS
        status = self.data / "postmaster.pid"
        while time.monotonic() < deadline and child.exit_code is None:
            lines = status.read_text().splitlines() if status.exists() else []
            if len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready":
                return True
            time.sleep(_PAUSE)
        return False

    def create(self, name: str) -> Database:
        """Create an empty database owned by a role of the same name that is no superuser."""
        password = secrets.token_hex(16)
        self._sql(
            f"""CREATE ROLE "{name}" LOGIN PASSWORD '{password}';
            CREATE DATABASE "{name}" OWNER "{name}" STRATEGY file_copy;
            REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC;"""
        )
        where = f"127.0.0.1:{self.port}/{name}"
        return Database(
            url=f"postgres://{name}:{password}@{where}", admin=f"postgres://{ADMIN}:{self._password}@{where}"
        )

    def _sql(self, text: str) -> None:
        url = f"postgres://{ADMIN}@127.0.0.1:{self.port}/postgres"
        done = subprocess.run(
            [str(self._bin / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", url],
            input=text,
            env={**_env(), "PGPASSWORD": self._password},
            capture_output=True,
            text=True,
            timeout=_START_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise stopped(Blame.OURS, "start", "PostgreSQL refused to create a database", log=done.stderr)

    def stop(self) -> None:
        """Stop the server and remove its data."""
        if self._child is not None and self._child.exit_code is None:
            self._child.popen.send_signal(signal.SIGQUIT)  # frees its shared memory, writes nothing
            self._child.wait(_STOP_SECONDS)
        self.children.end(GROUP)
        shutil.rmtree(self.data, ignore_errors=True)

    def _template(self) -> Path:
        owner = _NOBODY if _root() else "own"
        home = self.cache / "postgres" / f"{versions.POSTGRES.version}-{owner}"
        if not home.is_dir():
            with locked(home.with_name(f".{home.name}.lock")):
                if not home.is_dir():
                    self._initialise(home)
        return home

    def _initialise(self, home: Path) -> None:
        partial = home.with_name(f".{home.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        data, secret = partial / "data", partial / "password"
        data.mkdir(parents=True, mode=0o700)
        for folder in (home.parent, partial):
            folder.chmod(0o755)
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_hex(16))
        if _root():
            shutil.chown(data, _NOBODY)
            shutil.chown(secret, _NOBODY)
        self._initdb(data, secret)
        if _root():
            shutil.chown(secret, 0)
        partial.rename(home)

    def _initdb(self, data: Path, secret: Path) -> None:
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "-E", "UTF8"]
        access = ["-U", ADMIN, "-A", "scram-sha-256", f"--pwfile={secret}"]
        command = [str(self._bin / "initdb"), "-D", str(data), *access, *locale, "--no-sync"]
        child = self.children.spawn(command, cwd=data.parent, env=_env(), owner="initdb", **_user())
        if child.wait(_START_SECONDS) != 0:
            raise stopped(Blame.OURS, "start", "initdb failed", log=child.output.tail())


def data_home(cache: Path) -> Path:
    """Return where runs keep their data: in memory where there is plenty, else in the cache.

    Removing the 1500 files of a data folder takes a disk up to 0.7 s.
    """
    memory = Path("/dev/shm")  # noqa: S108 - the folder below is private and has a random name
    if memory.is_dir() and os.access(memory, os.W_OK | os.X_OK):
        space = os.statvfs(memory)
        if space.f_bavail * space.f_frsize > _MEMORY_NEEDED:
            return memory
    home = cache / "data"
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o755)
    return home


def require_searchable(folder: Path) -> None:
    """Check that `nobody` can reach a folder, as whom PostgreSQL runs for root; raises `StoppedError`."""
    if not _root():
        return
    folder.mkdir(parents=True, exist_ok=True)
    closed = next(
        (one for one in (folder, *folder.resolve().parents) if not one.stat().st_mode & 0o001), None
    )
    if closed is not None:
        raise _closed(closed)


def _closed(folder: Path) -> StoppedError:
    return stopped(
        Blame.MISSING,
        "start",
        f"PostgreSQL does not run as root, and the user {_NOBODY} cannot reach {folder}",
        f"run the grader as an ordinary user, or `chmod o+x {folder}`",
    )


def _root() -> bool:
    return os.geteuid() == 0


def _user() -> dict[str, Any]:
    """Return how Popen drops root, whom PostgreSQL refuses."""
    if not _root():
        return {}
    import pwd  # noqa: PLC0415 - not on every system

    return {"user": _NOBODY, "group": pwd.getpwnam(_NOBODY).pw_gid, "extra_groups": []}


def _env() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C"}
