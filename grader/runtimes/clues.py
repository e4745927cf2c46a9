"""Finds in an app's output the usual reasons why it did not start."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_VARIABLE = r"\b(?P<name>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|PORT|HOST)\b"
_LACK = (
    r"(?:missing|required?|requires|not (?:set|defined|found|provided)|undefined|must be set|is empty|unset)"
)


@dataclass(frozen=True)
class Clue:
    """A reason in one sentence and what to do about it."""

    message: str
    remedy: str


def find_clue(output: str, env: Mapping[str, str]) -> Clue | None:
    """Return the first usual reason the output names, None if it names none; `env` is what the app got."""
    for pattern, explain in _PATTERNS:
        match = pattern.search(output)
        if match is not None:
            return explain(match, env)
    return None


def find_unreachable(output: str, env: Mapping[str, str]) -> Clue | None:
    """Return what the output says could not be connected to, None if nothing: living apps may wait for it."""
    found = next((match for pattern in _NO_CONNECTION if (match := pattern.search(output))), None)
    return _database(found, env) if found else None


def _port_taken(match: re.Match[str], env: Mapping[str, str]) -> Clue:
    port = match["port"]
    if port == env.get("PORT"):
        return Clue(f"port {port} is already in use", "listen once only, and run the grader again")
    return Clue(
        f"port {port} is already in use, and it is not the one given",
        "listen on the port in the variable PORT instead of a fixed one",
    )


def _module(match: re.Match[str], _env: Mapping[str, str]) -> Clue:
    name = match["name"]
    if name.startswith((".", "/", "file:")):
        return Clue(
            f"the file {name} cannot be found", "check the path in the import, upper and lower case too"
        )
    if name.startswith("node:"):
        return Clue(f"this Node.js has no {name}", "use what Node.js 24 offers")
    package = "/".join(name.split("/")[: 2 if name.startswith("@") else 1])
    return Clue(
        f"the package {package} is not installed",
        f"run `npm install {package}` and keep both package.json and package-lock.json",
    )


def _variable(match: re.Match[str], env: Mapping[str, str]) -> Clue:
    name = match["name"]
    if name in env:
        return Clue(
            f"it says that {name} is missing, but {name} is set",
            f"read it as process.env.{name}, and do not let a .env file replace it",
        )
    given = ", ".join(sorted(key for key in env if not key.startswith("npm_")))
    return Clue(
        f"it asks for the variable {name}, which the exercise does not set",
        f"do without {name}, or give it a default; the app gets: {given}",
    )


def _syntax(match: re.Match[str], _env: Mapping[str, str]) -> Clue:
    return Clue(f"JavaScript cannot be read: {match['what']}", "mend the line the output names")


def _database(match: re.Match[str], env: Mapping[str, str]) -> Clue:
    port = match["where"].rpartition(":")[2]  # the host's name may have become an address
    named = next((name for name, value in env.items() if f":{port}" in value and "://" in value), None)
    if named is not None:
        return Clue(
            f"it could not connect to {match['where']}, where {named} leads",
            f"start without it, and try again in the background: what {named} leads to may be down",
        )
    urls = [name for name, value in env.items() if name.endswith("_URL") and "://" in value]
    return Clue(
        f"it could not connect to {match['where']}",
        f"connect to the addresses in {', '.join(urls) or 'its variables'} instead of fixed ones",
    )


def _relation(match: re.Match[str], _env: Mapping[str, str]) -> Clue:
    return Clue(
        f"the database has no {match['what']}",
        "create it in a migration that `db:migrate` runs; every start gets an empty database",
    )


def _password(_match: re.Match[str], _env: Mapping[str, str]) -> Clue:
    return Clue(
        "the database refused the password",
        "use DATABASE_URL as it is given, user and password included",
    )


_NO_CONNECTION = (
    re.compile(r"connect ECONNREFUSED (?P<where>[^\s,\"'}]+)"),
    re.compile(r"getaddrinfo ENOTFOUND (?P<where>[^\s,\"'}]+)"),
)

_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Mapping[str, str]], Clue]], ...] = (
    (re.compile(r"EADDRINUSE[^\n]*?:(?P<port>\d+)"), _port_taken),
    (re.compile(r"Cannot find (?:module|package) '(?P<name>[^'\n]+)'"), _module),
    (re.compile(r"No such built-in module: (?P<name>[\w:/]+)"), _module),
    (re.compile(r"SyntaxError: (?P<what>[^\n]{1,200})"), _syntax),
    *((pattern, _database) for pattern in _NO_CONNECTION),
    (re.compile(r"password authentication failed"), _password),
    (re.compile(r'(?P<what>relation "[^"\n]{1,80}") does not exist'), _relation),
    (re.compile(rf"{_VARIABLE}[^\n]{{0,60}}?{_LACK}", re.IGNORECASE), _variable),
    (re.compile(rf"{_LACK}[^\n]{{0,60}}?{_VARIABLE}", re.IGNORECASE), _variable),
)
