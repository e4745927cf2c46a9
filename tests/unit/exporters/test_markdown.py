"""The job summary holds a service's words as words."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from grader.exporters.markdown import LIMIT, MarkdownExporter
from grader.model.outcome import Outcome
from grader.model.report import Evidence
from tests.unit.exporters import reports
from tests.unit.exporters.golden import assert_golden

TAGS = {
    "h2", "p", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "pre", "strong",
}  # fmt: skip


class Seen(HTMLParser):
    """The tags of a page, and whether they close as they open."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.open.append(tag)
        assert not attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page(report: object) -> str:
    """The summary as a browser gets it."""
    text = MarkdownExporter(io.StringIO()).render(report)
    return MarkdownIt("commonmark").enable("table").render(text)


@pytest.mark.parametrize("name", reports.ALL)
def test_only_our_markup(name: str) -> None:
    """No tag, link, list, heading or fence comes from a text; ours all close."""
    seen = Seen(page(reports.ALL[name]()))
    assert seen.tags <= TAGS
    assert not seen.open


def test_a_table_row_stays_one() -> None:
    """Pipes and newlines in a title add neither cell nor row."""
    rows = re.findall(r"<tr>(.*?)</tr>", page(reports.hostile()), re.DOTALL)
    assert [row.count("<t") for row in rows] == [5, 5, 5]


@pytest.mark.parametrize("name", ["mixed", "problem"])
def test_golden(name: str) -> None:
    """What people see is recorded."""
    assert_golden(f"{name}.md", MarkdownExporter(io.StringIO()).render(reports.ALL[name]()))


def test_it_is_bounded() -> None:
    """What does not fit is counted."""
    seen = Evidence(rationale="&" * 2000, expected="é" * 2000, log="<\n" * 1000)
    many = (reports.check(f"phase1.jwt.{n}", "|" * 300, Outcome.FAIL, evidence=seen) for n in range(300))
    text = MarkdownExporter(io.StringIO()).render(reports.report(reports.part(*many)))
    shown = text.count("<details>")
    assert len(text.encode()) <= LIMIT
    assert shown > 0
    assert f"{300 - shown} more did not pass" in text
