"""Metrics are read as Prometheus would read them."""

from __future__ import annotations

import pytest

from grader.kit import UnmetError, metrics
from tests.hostile_http import answers, serving

TEXT = b"""# TYPE hits counter
hits_total{route="/a",code="200"} 3
hits_total{route="/a",code="500"} 1
hits_total{route="/b",code="200"} 2
# TYPE took histogram
took_bucket{le="0.1"} 1
took_bucket{le="+Inf"} 2
took_sum 1.5
took_count 2
memory_bytes 1e6
"""
OPEN = b"# TYPE hits counter\nhits_total 4\n# EOF\n"


def scrape(body: bytes, kind: str = "text/plain; version=0.0.4") -> metrics.Scrape:
    with serving(answers(body, f"Content-Type: {kind}")) as server:
        return metrics.read(server.url)


def test_samples_are_added_up_by_label() -> None:
    """Labels that are not asked for do not matter."""
    found = scrape(TEXT)
    assert (found.total("hits_total"), found.total("hits_total", route="/a")) == (6, 4)
    assert found.value("took_bucket", le="+Inf") == 2
    assert found.total("nothing") == 0
    assert ("memory_bytes", ()) in found.series()
    assert ("hits_total", "route", "/b") in set(found.label_values())


def test_openmetrics_is_read_by_its_content_type() -> None:
    """Both formats of Prometheus are understood."""
    assert scrape(OPEN, "application/openmetrics-text; version=1.0.0").value("hits_total") == 4


def test_missing_metric_is_told_with_those_there_are() -> None:
    """A learner sees what is there instead."""
    with pytest.raises(UnmetError, match="hits_failed") as caught:
        scrape(TEXT).value("hits_failed", route="/a")
    assert "hits_total" in caught.value.actual


@pytest.mark.parametrize("body", [b"<html>", b"hits one\n", b"\xff\xfe 1\n", b"a{ 1\n"])
def test_what_is_no_metrics_is_the_services_failure(body: bytes) -> None:
    """Nothing a service answers is the grader's error."""
    with pytest.raises(UnmetError, match="format of Prometheus"):
        scrape(body)
