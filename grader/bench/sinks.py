"""A mail server that keeps what it gets and answers as it is told to."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from .forwards import bound
from .journal import Journal
from .letters import read_letter

if TYPE_CHECKING:
    import socket

    from aiosmtpd.smtp import SMTP, Envelope, Session

    from .rules import Rule

MAX_MESSAGE = 1 << 20
_TAKEN = "250 2.0.0 OK"
_CLOSING = "421"


@dataclass
class Sink:
    """One mail server; `journal` holds every try, `parallel` the most messages it had in hand at once.

    `connections` and `begun` count the connections and the messages (MAIL FROM) there ever were.
    """

    journal: Journal = field(default_factory=Journal)
    parallel: int = 0
    connections: int = 0
    begun: int = 0
    _now: int = 0
    _rules: list[Rule] = field(default_factory=list)
    _open: set[asyncio.Transport] = field(default_factory=set)
    _server: asyncio.Server | None = None
    _deaf: socket.socket | None = None
    _host: str = ""
    port: int = 0

    async def listen(self, host: str) -> int:
        """Listen on a free port and return it."""
        self._host = host
        await self._serve(bound(host, 0))
        return self.port

    async def _serve(self, sock: socket.socket) -> None:
        self.port = int(sock.getsockname()[1])
        self._server = await asyncio.get_running_loop().create_server(self._conversation, sock=sock)

    def _conversation(self) -> asyncio.Protocol:
        # Imported late: only an exercise with mail pays for it.
        from aiosmtpd.smtp import SMTP  # noqa: PLC0415

        self.connections += 1
        how: dict[str, Any] = {"hostname": "mail.test", "ident": "grader", "enable_SMTPUTF8": True}
        made: asyncio.Protocol = SMTP(_Handler(self, self.connections), data_size_limit=MAX_MESSAGE, **how)
        return made

    def add(self, rule: Rule) -> None:
        """Add a rule after those there are."""
        self._rules.append(rule)

    def rule_for(self, at: str, recipients: list[str]) -> Rule | None:
        """Return the rule for a try, and count its use."""
        rule = next((one for one in self._rules if one.fits(at, recipients)), None)
        if rule is not None:
            rule.use()
        return rule

    async def hear(self, *, on: bool) -> None:
        """Listen, or refuse connections and break the open ones; the port stays ours."""
        if not on and self._server is not None:
            self._server.close()
            self._server, self._deaf = None, bound(self._host, self.port)
            for transport in tuple(self._open):
                transport.abort()
        elif on and self._deaf is not None:
            sock, self._deaf = self._deaf, None
            await self._serve(sock)

    async def heal(self) -> None:
        """Listen again, forget all rules and the count."""
        self._rules.clear()
        self.parallel = self._now
        await self.hear(on=True)

    def begin(self) -> None:
        """Count a message that is in hand from now on."""
        self._now += 1
        self.parallel = max(self.parallel, self._now)

    def end(self) -> None:
        """Count it out again."""
        self._now -= 1

    def met(self, transport: asyncio.Transport) -> None:
        """Remember a connection as long as it is open."""
        self._open = {one for one in self._open if not one.is_closing()} | {transport}

    def close(self) -> None:
        """End everything."""
        if self._server is not None:
            self._server.close()
        if self._deaf is not None:
            self._deaf.close()
        for transport in tuple(self._open):
            transport.abort()


@dataclass
class _Handler:
    """What aiosmtpd asks during one connection."""

    sink: Sink
    connection: int

    async def handle_EHLO(  # noqa: N802 - aiosmtpd names its hooks and their arguments
        self, server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.sink.met(_transport(server))
        return responses

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.sink.begun += 1
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        rule, at = self.sink.rule_for("rcpt", [address]), time.time()
        if rule is None or (not rule.drop and rule.reply.startswith("2")):
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
            return rule.reply if rule else "250 2.1.5 OK"
        try:
            return await self._answer(server, rule, "")
        finally:
            reply = "" if rule.drop else rule.reply
            self._note(at, "rcpt", envelope, [address], reply, {})

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        at, recipients = time.time(), list(envelope.rcpt_tos)
        rule = self.sink.rule_for("data", recipients)
        raw = envelope.content
        letter = read_letter(raw if isinstance(raw, bytes) else str(raw).encode())
        reply = ""
        self.sink.begin()
        try:
            reply = await self._answer(server, rule, _TAKEN)
            return reply
        finally:
            self.sink.end()
            self._note(at, "data", envelope, recipients, reply, letter)

    async def _answer(self, server: SMTP, rule: Rule | None, otherwise: str) -> str:
        if rule is None:
            return otherwise
        await asyncio.sleep(rule.delay)
        if rule.drop:
            _transport(server).abort()
            await asyncio.Event().wait()  # aiosmtpd cancels us once the connection is lost
        reply = rule.reply or otherwise
        if reply.startswith(_CLOSING):
            asyncio.get_running_loop().call_soon(_transport(server).close)
        return reply

    def _note(  # noqa: PLR0917
        self, at: float, stage: str, envelope: Envelope, to: list[str], reply: str, letter: dict[str, Any]
    ) -> None:
        known = {"at": at, "answered": time.time(), "stage": stage, "connection": self.connection}
        for recipient in to:
            envelope_says = {"sender": envelope.mail_from or "", "recipient": recipient, "reply": reply}
            self.sink.journal.add({**known, **envelope_says, **letter})


def _transport(server: SMTP) -> asyncio.Transport:
    return cast("asyncio.Transport", server.transport)
