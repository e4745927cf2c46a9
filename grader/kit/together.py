"""Several calls at the same moment."""

from __future__ import annotations

import threading
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Result = TypeVar("Result")


def together(calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """Start all calls at once and return their results in the calls' order.

    Waits for all of them; then the first exception, in the calls' order, is raised.
    """
    barrier = threading.Barrier(len(calls) or 1)
    futures: list[Future[Result]] = [Future() for _ in calls]

    def run(call: Callable[[], Result], future: Future[Result]) -> None:
        try:
            barrier.wait(timeout=10)
            future.set_result(call())
        except BaseException as error:  # noqa: BLE001 - it is raised again where the result is read
            future.set_exception(error)

    for call, future in zip(calls, futures, strict=True):
        # Daemons, so that a call that hangs ends with the check and does not hold the process.
        threading.Thread(target=run, args=(call, future), daemon=True).start()
    wait(futures)
    return [future.result() for future in futures]
