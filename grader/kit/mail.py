"""The mail server of the app under grading: what it was sent, and how it is to answer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grader.kit.bench import Stub
from grader.kit.transcript import current
from grader.kit.verdicts import UnmetError

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.kit.service import Service

_ALL = 1 << 30


@dataclass(frozen=True)
class Attempt:
    """One try to hand a message over, whatever became of it.

    `sender` and `recipient` are the envelope's. `at` (epoch seconds) is when the server had read the
    message, or had refused its recipient; `answered` when it answered. `reply` is what it answered, like
    `250 OK` or `451 try later`, empty where it dropped the connection instead. Of a message that was read,
    `headers` are in their order, decoded; `subject`, `text` (text/plain) and `html` decoded too.
    `connection` numbers the connection it came by.
    """

    number: int
    at: float
    answered: float
    sender: str
    recipient: str
    reply: str
    stage: str
    connection: int
    subject: str = ""
    text: str = ""
    html: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def accepted(self) -> bool:
        """Whether the server took the message."""
        return self.stage == "data" and self.reply.startswith("2")

    def header(self, name: str) -> str | None:
        """Return the first header of that name, None if there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def headers_named(self, name: str) -> list[str]:
        """Return all headers of that name."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass(frozen=True)
class Mail:
    """The mail server that `{smtp}` of exercise.toml leads to (fixture `mail`).

    It takes every message (250) until told otherwise. What it was sent stays readable for the whole run,
    so ask by recipient: each check makes recipients of its own. Rules are forgotten after each check.
    """

    stub: Stub
    known_by: str = ""

    @classmethod
    def of(cls, service: Service) -> Mail:
        """Return the mail server of an instance; one with fresh services has its own."""
        return cls(Stub(service.admin_url("smtp")), service.instance.leading_to("smtp"))

    def messages(self, to: str, *, count: int = 1, within: float = 15.0, why: str = "") -> list[Attempt]:
        """Expect at least `count` accepted messages to a recipient within `within` seconds; return them.

        Returns as soon as they are there; follow with `quiet` where more would be wrong. Raises
        `UnmetError` with the tries that there were.
        """
        return self._expect(lambda one: one.accepted, to, count, within, why or "mail to the assignee")

    def attempts(self, to: str, *, count: int = 1, within: float = 15.0, why: str = "") -> list[Attempt]:
        """Expect at least `count` tries to reach a recipient, accepted or not; return them in order."""
        return self._expect(lambda _one: True, to, count, within, why or "tries to deliver mail")

    def seen(self, to: str = "") -> list[Attempt]:
        """Return the tries so far, of all recipients or of one, without waiting."""
        return [
            one for one in map(_attempt, self.stub.first(0, 0.0, _always, _ALL)) if to in {"", one.recipient}
        ]

    def quiet(self, to: str, *, seconds: float, beyond: int = 0, why: str) -> None:
        """Expect that a recipient has at most `beyond` tries, for `seconds` from now.

        `beyond` counts what was seen already; returns at once when there is more.
        """
        found = self._wait(lambda _one: True, to, beyond + 1, seconds)
        if len(found) > beyond:
            raise UnmetError(why, expected=f"{beyond} tries to send mail to {to}", actual=_told(found))

    def answer(
        self, reply: int, text: str = "", *, to: str = "*", times: int | None = None, at: str = "data"
    ) -> None:
        """Answer 250, 421, 451, 550 and the like, at `rcpt` or `data`.

        `to` is a recipient or a pattern of them (`*@slow.test`), `times` how many tries this holds for
        (None: all). 421 also ends the connection. The first rule that fits a try is used, so rules given
        one after another make a script: `answer(451, times=2)`, then 250 again.
        """
        self._rule(at, to, times, reply=f"{reply} {text or _TEXTS.get(reply, 'as told')}")

    def delay(self, seconds: float, *, to: str = "*", times: int | None = None) -> None:
        """Take messages, but answer only `seconds` after their last byte; see `parallel`."""
        self._rule("data", to, times, delay=seconds)

    def drop(self, *, to: str = "*", times: int | None = None, at: str = "data") -> None:
        """Break the connection instead of answering."""
        self._rule(at, to, times, drop=True)

    def refuse(self) -> None:
        """Listen no more: connections are refused, open ones broken, until `heal`."""
        self.stub.ask("POST", "listen", on=False)

    def heal(self) -> None:
        """Listen again and forget all rules; what was sent stays readable."""
        self.stub.ask("POST", "heal")

    def parallel(self) -> int:
        """Return how many messages were in the server's hands at once, at most, since the last `heal`."""
        return int(self.stub.ask("POST", "read", after=_ALL, seconds=0)["parallel"])

    def _rule(self, at: str, to: str, times: int | None, **then: Any) -> None:
        self.stub.ask("POST", "rule", at=at, to=to, times=times, **then)

    def _expect(
        self, good: Callable[[Attempt], bool], to: str, count: int, within: float, what: str
    ) -> list[Attempt]:
        began = time.monotonic()
        found = self._wait(good, to, count, within)
        if len(found) < count:
            current.waited = True
            waited = time.monotonic() - began
            raise UnmetError(
                f"Waiting for {what}.",
                expected=f"{count} to {to} within {within:g} s",
                actual=f"after {waited:.1f} s: {_told(self.seen(to)) or self._silence()}",
            )
        return found

    def _silence(self) -> str:
        """Return how far anybody came at all, where nobody tried to reach a recipient."""
        seen = self.stub.ask("POST", "read", after=_ALL, seconds=0)
        connections, begun, ended = seen["connections"], seen["begun"], seen["last"]
        if not connections:
            return f"no try at all: nothing has connected to the mail server so far{self.known_by}"
        return (
            f"no try at all; the mail server has seen so far, for whomever: connections {connections}, "
            f"messages begun {begun}, tries ended {ended}"
        )

    def _wait(self, good: Callable[[Attempt], bool], to: str, count: int, within: float) -> list[Attempt]:
        def fits(entry: dict[str, Any]) -> bool:
            one = _attempt(entry)
            return one.recipient == to and good(one)

        return [_attempt(entry) for entry in self.stub.first(0, within, fits, count)]


_TEXTS = {
    250: "2.0.0 OK",
    421: "4.3.2 closing, try again later",
    451: "4.3.0 try again later",
    550: "5.1.1 no such mailbox",
}


def _always(_entry: dict[str, Any]) -> bool:
    return True


def _attempt(entry: dict[str, Any]) -> Attempt:
    headers = tuple((str(name), str(value)) for name, value in entry.get("headers", ()))
    return Attempt(**{**entry, "headers": headers})


def _told(found: list[Attempt]) -> str:
    return "; ".join(f"{one.stage}: {one.reply or 'dropped'} ({one.subject})" for one in found[-5:])
