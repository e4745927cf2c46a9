"""The few variables of the grader's own environment that an app or an installer gets to see."""

from __future__ import annotations

import os
from pathlib import Path

_FOR_ALL = ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR")
_FOR_INSTALLING = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


def plain(folders: list[Path], home: Path) -> dict[str, str]:
    """Return the variables every child of a run gets; `folders` go first on PATH.

    HOME is a private empty folder: tokens and settings of the person at this machine stay theirs.
    """
    home.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", os.defpath)])
    kept = {name: os.environ[name] for name in _FOR_ALL if name in os.environ}
    return {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8", "TZ": "UTC", **kept}


def installing(folders: list[Path], home: Path, cache: Path) -> dict[str, str]:
    """Return the variables for npm: as `plain`, plus how this machine reaches its registry."""
    kept = {name: os.environ[name] for name in _FOR_INSTALLING if name in os.environ}
    settings = {name: value for name, value in os.environ.items() if name.lower().startswith("npm_config_")}
    return {
        **plain(folders, home),
        "npm_config_userconfig": str(Path.home() / ".npmrc"),
        "npm_config_cache": str(cache / "npm"),
        **kept,
        **settings,
    }
