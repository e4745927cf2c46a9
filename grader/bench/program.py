"""The bench as a program: arguments, listening, the ready line, the end."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

from .addresses import address_in, address_of, pool
from .control import Control
from .forwards import Forwards
from .http1 import MAX_HEAD
from .stubs import Stubs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TOKEN_VARIABLE = "BENCH_TOKEN"  # noqa: S105 - the variable's name, not a token


def main(argv: Sequence[str] | None = None) -> int:
    """Run until asked to end; return the exit code (2: wrong arguments or no token)."""
    arguments = _parser().parse_args(argv)
    token = os.environ.pop(TOKEN_VARIABLE, "")
    if not token:
        print(f"{TOKEN_VARIABLE} is not set", file=sys.stderr)
        return 2
    _allow_many_files()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(arguments, token))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    # No default: an address that the graded app reaches too would hand it the controls.
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--outer", metavar="HOST", type=address_of, help="listen on this address or name")
    where.add_argument(
        "--outer-network-of", metavar="CIDR", dest="outer", type=address_in, help="our own in this net"
    )
    parser.add_argument(
        "--inner", metavar="HOST", type=address_of, help="proxies and stubs listen here (else on outer)"
    )
    parser.add_argument("--library", metavar="DIR", help="where aiosmtpd is, for mail servers")
    parser.add_argument("--control", metavar="PORT", type=int, default=0, help="0: any")
    parser.add_argument("--pool", metavar="FIRST-LAST", type=pool, help="ports forwards may take")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when the parent does")
    return parser


async def _run(arguments: argparse.Namespace, token: str) -> None:
    host = arguments.outer
    if arguments.library:
        sys.path.append(arguments.library)
    forwards, stubs = Forwards(host, arguments.pool), Stubs(arguments.inner or host)
    control = Control(token, forwards, stubs)
    server = await asyncio.start_server(control.serve, host, arguments.control, limit=MAX_HEAD)
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"control": port, "nonce": control.nonce}), flush=True)
    try:
        await _end_asked(watch_stdin=arguments.until_stdin_closes)
    finally:
        server.close()
        forwards.close()
        stubs.close()


async def _end_asked(*, watch_stdin: bool) -> None:
    """Return on SIGTERM or SIGINT and, when asked to watch it, once stdin is closed."""
    loop = asyncio.get_running_loop()
    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end.set)
    if watch_stdin:
        threading.Thread(target=_when_stdin_closes, args=(loop, end.set), daemon=True).start()
    await end.wait()


def _when_stdin_closes(loop: asyncio.AbstractEventLoop, then: Callable[[], None]) -> None:
    """Wait in a thread: an event loop cannot watch every kind of file (`/dev/null`, a plain file)."""
    with contextlib.suppress(OSError):
        while os.read(sys.stdin.fileno(), 4096):
            pass
    with contextlib.suppress(RuntimeError):  # the loop ended for another reason
        loop.call_soon_threadsafe(then)


def _allow_many_files() -> None:
    """Raise the soft limit on open files: every forwarded connection takes two."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415 - not on every system

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
