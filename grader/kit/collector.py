"""Reports that a plugin inside the app, or the app itself, posts to the grader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grader.kit import values
from grader.kit.bench import Stub
from grader.kit.transcript import current
from grader.kit.verdicts import UnmetError

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.kit.service import Service
    from grader.kit.values import JsonObject

_ALL = 1 << 30


@dataclass(frozen=True)
class Report:
    """One JSON object that was posted; reports are numbered in the order in which they arrived.

    `at` is when it arrived (epoch seconds), `path` where it was posted to below `{collector}`.
    """

    number: int
    at: float
    path: str
    data: JsonObject


@dataclass(frozen=True)
class Collector:
    """What was posted to `{collector}` of exercise.toml (fixture `collector`).

    Reports of earlier checks stay, so begin with `mark()` or match on data of your own.
    """

    stub: Stub

    @classmethod
    def of(cls, service: Service) -> Collector:
        """Return the collector of an instance; one with fresh services has its own."""
        return cls(Stub(service.admin_url("collector")))

    def mark(self) -> int:
        """Return the number of the last report so far, to give as `after`."""
        return int(self.stub.ask("POST", "read", after=_ALL, seconds=0)["last"])

    def reports(self, *, after: int = 0) -> list[Report]:
        """Return the reports so far, without waiting."""
        return [_report(entry) for entry in self.stub.first(after, 0.0, lambda _one: True, _ALL)]

    def wait(
        self,
        match: Callable[[JsonObject], bool],
        *,
        why: str,
        count: int = 1,
        within: float = 5.0,
        after: int = 0,
    ) -> list[Report]:
        """Expect at least `count` reports whose data match, within `within` seconds; return them in order.

        Returns as soon as they are there. `why` says what should have reported.
        """
        found = self._first(match, after, within, count)
        if len(found) < count:
            current.waited = True
            last = [values.dump(one.data) for one in self.reports(after=after)[-3:]]
            raise UnmetError(
                why,
                expected=f"{count} within {within:g} s",
                actual=f"{len(found)}; the last reports: {', '.join(last) or 'none'}",
            )
        return found

    def quiet(
        self,
        match: Callable[[JsonObject], bool],
        *,
        why: str,
        seconds: float,
        beyond: int = 0,
        after: int = 0,
    ) -> None:
        """Expect that at most `beyond` reports match, for `seconds` from now; end at once when more do."""
        found = self._first(match, after, seconds, beyond + 1)
        if len(found) > beyond:
            raise UnmetError(why, expected=f"{beyond}", actual=f"{len(found)}, the last {found[-1].data}")

    def _first(
        self, match: Callable[[JsonObject], bool], after: int, within: float, count: int
    ) -> list[Report]:
        def fits(entry: dict[str, Any]) -> bool:
            return match(_report(entry).data)

        return [_report(entry) for entry in self.stub.first(after, within, fits, count)]


def _report(entry: dict[str, Any]) -> Report:
    data = values.parse(str(entry["body"]).encode())
    return Report(number=entry["number"], at=entry["at"], path=entry["path"], data=data)
