"""Writes to the app's database, held back: what a request does before it is written can then be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from grader.kit import expect, wait
from grader.kit.together import together

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Result = TypeVar("Result")


class Hold:
    """Holds back every write to the app's database, while reads pass; no table has to be known."""

    def __init__(self, url: str) -> None:
        import psycopg  # noqa: PLC0415 - a capability the exercise requires, loaded where it is used

        self._locks = psycopg.connect(url)
        self._watch = psycopg.connect(url, autocommit=True)

    def begin(self) -> None:
        """Lock all tables against writing; whoever writes waits."""
        rows = self._watch.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        self._locks.execute(f"LOCK TABLE {', '.join(row[0] for row in rows)} IN SHARE MODE")

    def at_once(self, calls: Sequence[Callable[[], Result]]) -> list[Result]:
        """Make calls at the same moment and return their results; each gets as far as it does unwritten.

        Writes pass once as many database sessions wait as there are calls, or after two seconds: an app
        may also let its requests wait for each other by other means.
        """
        self.begin()

        def opens() -> None:
            wait.for_value(self._queued, lambda queued: queued >= len(calls), 2)
            self.release()

        with_door: list[Callable[[], Any]] = [*calls, opens]
        return together(with_door)[:-1]

    def waiting(self) -> list[int]:
        """Return the database sessions that wait for the lock, as soon as there is one."""
        pids = wait.for_value(self._blocked, bool, 5)
        expect.that(
            pids,
            "A PATCH that changes a task writes to the database.",
            expected="a session of the app that waits for the grader's lock on the tables",
            actual="none within 5 s",
        )
        return pids

    def cancel(self, pids: list[int]) -> None:
        """Cancel what these sessions wait for: the database answers with an error."""
        for pid in pids:
            self._watch.execute("SELECT pg_cancel_backend(%s)", [pid])

    def ends(self, pids: list[int]) -> None:
        """End these sessions, so that what they waited for is never written."""
        for pid in pids:
            self._watch.execute("SELECT pg_terminate_backend(%s)", [pid])

    def release(self) -> None:
        """Let everybody write again."""
        self._locks.rollback()

    def close(self) -> None:
        """Release and disconnect."""
        self._locks.close()
        self._watch.close()

    def _blocked(self) -> list[int]:
        rows = self._watch.execute(
            "SELECT pid FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))",
            [self._locks.info.backend_pid],
        )
        return [row[0] for row in rows.fetchall()]

    def _queued(self) -> int:
        """Return how many sessions wait for any lock: the grader's, or a row that one of them holds."""
        row = self._watch.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
        return int(row[0]) if row else 0
