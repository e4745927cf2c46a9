"""The stubs and fault proxies of a bench, which the graded app reaches: by name, on one address."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .collectors import Collector
from .forwards import Forwards
from .sinks import Sink

if TYPE_CHECKING:
    from .journal import Journal


class Stubs:
    """What listens on `host`, towards the app; everything is made on demand."""

    def __init__(self, host: str) -> None:
        self._host = host
        self.proxies = Forwards(host)
        self.sinks: dict[str, Sink] = {}
        self.collectors: dict[str, Collector] = {}
        self._making = asyncio.Lock()

    async def sink(self, name: str) -> int:
        """Return the port of a mail server, made where there is none of that name."""
        async with self._making:
            if name not in self.sinks:
                sink = Sink()
                await sink.listen(self._host)
                self.sinks[name] = sink
            return self.sinks[name].port

    async def collector(self, name: str) -> int:
        """Return the port of a collector, made where there is none of that name."""
        async with self._making:
            if name not in self.collectors:
                made = Collector()
                await made.listen(self._host)
                self.collectors[name] = made
            return self.collectors[name].port

    def journal(self, collection: str, name: str) -> Journal | None:
        """Return what a stub was told, None where there is no such stub."""
        found: Sink | Collector | None = (
            self.sinks.get(name) if collection == "sinks" else self.collectors.get(name)
        )
        return found.journal if found is not None else None

    def close(self) -> None:
        """End everything."""
        self.proxies.close()
        for sink in self.sinks.values():
            sink.close()
        for collector in self.collectors.values():
            collector.close()
