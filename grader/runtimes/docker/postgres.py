"""Postgres from a cluster that was initialised once: a run copies it into memory and sets passwords."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grader.model.problem import Blame, stopped
from grader.runtimes.text import tail

from . import dockerfiles
from .images import Recipe
from .options import Shape

if TYPE_CHECKING:
    from .engine import Engine, Image
    from .names import Names

PORT = 5432
ADMIN, ROLE = "admin", "app"
TEMPLATE, RUN = "/opt/grader/pgdata", "/run/grader"
START_SECONDS = 30.0

_SERVE = f"mkdir -m 700 {RUN}/data && cp -a {TEMPLATE}/. {RUN}/data/ && exec postgres -D {RUN}/data"
_ASK = (
    f"until pg_isready -q -h {RUN} -U {ADMIN} -d postgres; do sleep 0.03; done; "
    f'for sql in "$@"; do psql -qX -v ON_ERROR_STOP=1 -h {RUN} -U {ADMIN} -d postgres -c "$sql" || exit; done'
)


def recipe(base: str) -> Recipe:
    """Return what the template image is made of."""
    dockerfile = dockerfiles.render(
        "postgres", base=base, template=TEMPLATE, socket=RUN, admin=ADMIN, role=ROLE
    )
    return Recipe(kind="postgres", base=base, key=dockerfile, dockerfile=dockerfile)


@dataclass
class Postgres:
    """One server of a run, with a database for each instance that asks for its own.

    The app's role owns its databases and is no superuser; `admin` is the grader's.
    """

    engine: Engine
    names: Names
    image: Image
    address: str
    container: str = ""
    port: int = PORT
    _admin_password: str = field(default_factory=lambda: secrets.token_hex(12))
    _app_password: str = field(default_factory=lambda: secrets.token_hex(12))
    _databases: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Start the server; return when it answers and has its passwords."""
        self.container = self.engine.run(
            Shape(
                image=self.image.id,
                command=["sh", "-c", _SERVE],
                name=self.names.name("postgres"),
                hostname="postgres",
                labels=self.names.labels("postgres"),
                image_labels=tuple(self.image.labels),
                network=self.names.name("inner"),
                address=self.address,
                tmpfs={RUN: 384, "/tmp": 16},  # noqa: S108 - inside
                volumes=self.image.volumes,
                memory=768,
                cpus=self.engine.cpus,
                environment={"HOME": "/tmp"},  # noqa: S108 - inside
            )
        )
        self._ask(
            f"ALTER ROLE {ADMIN} PASSWORD '{self._admin_password}'",
            f"ALTER ROLE {ROLE} PASSWORD '{self._app_password}'",
        )

    def database(self) -> str:
        """Make an empty database owned by the app's role and return its name."""
        with self._lock:
            self._databases += 1
            name = f"app{self._databases}"
        self._ask(f"CREATE DATABASE {name} OWNER {ROLE}")
        return name

    def app_url(self, database: str) -> str:
        """Return the URL by which the app reaches its database."""
        return f"postgresql://{ROLE}:{self._app_password}@postgres:{PORT}/{database}"

    def admin_url(self, database: str, port: int) -> str:
        """Return the URL by which the grader reaches it, through a port of 127.0.0.1."""
        return f"postgresql://{ADMIN}:{self._admin_password}@127.0.0.1:{port}/{database}"

    def _ask(self, *statements: str) -> None:
        ended = self.engine.execute(self.container, ["sh", "-c", _ASK, "sh", *statements], {}, START_SECONDS)
        if ended.exit_code != 0:
            log = self.engine.logs(self.container, lines=20).decode("utf-8", "replace")
            raise stopped(
                Blame.OURS,
                "services",
                "Postgres did not do what it was asked while the run was prepared",
                "grade again; `docker system df` tells whether the disk is full",
                tail(f"{log}\n{ended.output}"),
            )
