"""Why an app did not come up, told from facts: the same words whichever runtime gathered them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grader.model.problem import Blame, Problem
from grader.runtimes.clues import Clue, find_clue, find_unreachable
from grader.runtimes.text import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LOOPBACK = ("127.", "::1")
CRASH_LOOP = 3
"""So many processes replaced by new ones while the app was waited for are a crash loop."""

_READ_ONLY = re.compile(r"EROFS[^\n]*?'(?P<path>[^'\n]{1,200})'")
_HTTP_OK = 200


@dataclass(frozen=True, kw_only=True)
class Listening:
    """A TCP socket the app listens on; `address` is as text (`0.0.0.0`, `::1`)."""

    address: str
    port: int

    @property
    def loopback(self) -> bool:
        """Whether only the app's own machine can reach it."""
        return self.address.startswith(LOOPBACK)

    def __str__(self) -> str:
        """Return `127.0.0.1:3000`, an IPv6 address in brackets."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class StartFacts:
    """What was seen while an app was waited for.

    `exit_code` is None while it runs, `status` the last HTTP status of its health path (None: it never
    answered), `replaced` how many of its processes were replaced by new ones, `env` the
    variables it was given, `tail` its last lines, `seconds` the deadline, `memory` MiB.
    `remote` says that the app must be reachable from outside its own machine, `process` which of its
    processes ended (empty for `web`), whose last lines `tail` then is.
    """

    port: int
    port_variable: str
    health: str
    seconds: float
    memory: int = 0
    exit_code: int | None = None
    out_of_memory: bool = False
    replaced: int = 0
    listening: tuple[Listening, ...] = ()
    status: int | None = None
    remote: bool = False
    process: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    tail: str = ""


def not_started(facts: StartFacts) -> Problem:
    """Return the one problem that explains why the app did not come up."""
    rules: tuple[Callable[[StartFacts], tuple[str, str] | None], ...] = (
        _out_of_memory,
        _exited,
        _crash_loop,
        _unhealthy,
        _wrong_port,
        _only_loopback,
        _silent,
    )
    said = (rule(facts) for rule in rules)
    message, remedy = next(pair for pair in (*said, _never_listens(facts)) if pair)
    log = "\n".join(folded(facts.tail.splitlines()))
    return Problem(blame=Blame.LEARNER, stage="start", message=message, remedy=remedy, log=log)


def script_failed(
    name: str, exit_code: int | None, seconds: float, tail: str, env: Mapping[str, str]
) -> Problem:
    """Return the problem of a `prepare` script that failed; no exit code: it outlived `seconds`."""
    clue = _clue(tail, env)
    how = (
        f"exited with code {exit_code}" if exit_code is not None else f"was still running after {seconds:g} s"
    )
    return Problem(
        blame=Blame.LEARNER,
        stage="prepare",
        message=f"migration failed: `npm run {name}` {how} on a fresh database"
        + (f": {clue.message}" if clue else ""),
        remedy=clue.remedy
        if clue
        else f"mend what its last lines say, and try `npm run {name}` on an empty database",
        log=tail,
    )


def out_of_memory(tail: str) -> bool:
    """Tell whether the last lines say that Node itself ran out of heap."""
    return "JavaScript heap out of memory" in tail


def _clue(tail: str, env: Mapping[str, str]) -> Clue | None:
    written = _READ_ONLY.search(tail)
    if written is not None:
        return Clue(
            f"it writes {written['path']}, but the app's folder is read-only where it is graded",
            "write below os.tmpdir(); what must last belongs into the database",
        )
    return find_clue(tail, env)


def _out_of_memory(facts: StartFacts) -> tuple[str, str] | None:
    if facts.exit_code is None or not (facts.out_of_memory or out_of_memory(facts.tail)):
        return None
    return (
        f"out of memory: the app was killed because it used more than its {facts.memory} MiB",
        "load less at start-up; the exercise's limit is in its exercise.toml",
    )


def _exited(facts: StartFacts) -> tuple[str, str] | None:
    if facts.exit_code is None:
        return None
    clue, who = _clue(facts.tail, facts.env), _who(facts)
    if clue is not None and facts.exit_code:
        return f"{who} exited with code {facts.exit_code}: {clue.message}", clue.remedy
    if facts.process:
        return (
            f"{who} exited with code {facts.exit_code} right after its start",
            "its last lines say why; `npm run` its script, and keep it running until it is told to stop",
        )
    ended = "ended by itself with code 0" if facts.exit_code == 0 else f"exited with code {facts.exit_code}"
    return (
        f"the app {ended} before {facts.health} answered",
        "its last lines say why; a server keeps running until it is told to stop",
    )


def _waiting(facts: StartFacts, message: str, remedy: str) -> tuple[str, str]:
    """Return what is wrong with a living app, with what it says it cannot reach if it says so."""
    clue = find_unreachable(facts.tail, facts.env)
    return (f"{message}: {clue.message}", clue.remedy) if clue else (message, remedy)


def _who(facts: StartFacts) -> str:
    return f"the app's process `{facts.process}`" if facts.process else "the app"


def _crash_loop(facts: StartFacts) -> tuple[str, str] | None:
    if facts.replaced < CRASH_LOOP:
        return None
    return (
        f"crash loop: the app's processes were started anew {facts.replaced} times in {facts.seconds:g} s",
        "start the server without its process manager, and mend what it then prints",
    )


def _unhealthy(facts: StartFacts) -> tuple[str, str] | None:
    if facts.status is None or facts.status == _HTTP_OK:
        return None
    return _waiting(
        facts,
        f"the app listens, but GET {facts.health} answered {facts.status} for {facts.seconds:g} s",
        f"answer 200 on {facts.health} once the app can serve requests",
    )


def _wrong_port(facts: StartFacts) -> tuple[str, str] | None:
    if not facts.listening or any(one.port == facts.port for one in facts.listening):
        return None
    seen = ", ".join(str(one) for one in facts.listening)
    return (
        f"the app listens on the wrong port: on {seen}, not on {facts.port}",
        f"listen on process.env.{facts.port_variable}, the port the app is given",
    )


def _only_loopback(facts: StartFacts) -> tuple[str, str] | None:
    ours = [one for one in facts.listening if one.port == facts.port]
    if not facts.remote or not ours or not all(one.loopback for one in ours):
        return None
    return (
        f"the app listens only on {ours[0]}, where nobody outside its container can reach it",
        "listen on the address that the variable HOST names, or on 0.0.0.0",
    )


def _silent(facts: StartFacts) -> tuple[str, str] | None:
    if not facts.listening:
        return None
    return _waiting(
        facts,
        f"the app listens, but GET {facts.health} got no answer within {facts.seconds:g} s",
        f"answer 200 on {facts.health} without waiting for anything that may never come",
    )


def _never_listens(facts: StartFacts) -> tuple[str, str]:
    return _waiting(
        facts,
        f"the app runs, but listened on no port within {facts.seconds:g} s",
        f"call listen() on the port that the variable {facts.port_variable} names",
    )
