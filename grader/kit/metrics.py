"""Metrics as a service tells them: read, parsed, and compared before and after.

A module of its own for exercises that require `prometheus`: nothing else imports the parser.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics

from grader.kit.client import Client
from grader.kit.verdicts import UnmetError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from grader.kit.client import Response

OPENMETRICS = "application/openmetrics-text"


@dataclass(frozen=True)
class Sample:
    """One line of `GET /metrics`."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True)
class Scrape:
    """What `GET /metrics` said once."""

    samples: tuple[Sample, ...]

    def found(self, name: str, **labels: str) -> list[Sample]:
        """Return the samples of a name that have these labels; they may have more."""
        return [one for one in self.samples if one.name == name and _has(one, labels)]

    def total(self, name: str, **labels: str) -> float:
        """Return the sum of such samples, 0 where there is none: a counter may begin with its first event."""
        return sum(one.value for one in self.found(name, **labels))

    def value(self, name: str, **labels: str) -> float:
        """Return the sum of such samples; raises `UnmetError` where there is none."""
        if not self.found(name, **labels):
            wanted = ",".join(f'{key}="{value}"' for key, value in labels.items())
            kind = name.partition("_")[0]
            near = sorted({one.name for one in self.samples if one.name.partition("_")[0] == kind})
            raise UnmetError(
                f"`GET /metrics` has `{name}`.",
                expected=f"{name}{{{wanted}}}" if wanted else name,
                actual=f"no such line; there are: {', '.join(near) or 'none of that kind'}",
            )
        return self.total(name, **labels)

    def series(self) -> set[tuple[str, tuple[tuple[str, str], ...]]]:
        """Return what is told about, without the values."""
        return {(one.name, tuple(sorted(one.labels.items()))) for one in self.samples}

    def label_values(self) -> Iterator[tuple[str, str, str]]:
        """Yield name, label and value of every label there is."""
        for one in self.samples:
            for label, value in one.labels.items():
                yield one.name, label, value


def read(url: str, *, path: str = "/metrics") -> Scrape:
    """Read the metrics of a process; raises `UnmetError` where they are not what Prometheus could read."""
    answer = Client(url).get(path)
    if answer.status != 200:  # noqa: PLR2004 - HTTP
        raise UnmetError(
            "Metrics are read without a token.",
            expected="status 200",
            actual=f"status {answer.status}",
            exchange=answer.exchange,
        )
    return parse(answer)


def parse(answer: Response) -> Scrape:
    """Return the samples of an answer, in the format that its Content-Type names."""
    kind = (answer.header("content-type") or "").split(";")[0].strip().lower()
    families = openmetrics if kind == OPENMETRICS else parser
    try:
        text = answer.body.decode()
        samples = tuple(
            Sample(one.name, one.labels, one.value)
            for family in families.text_string_to_metric_families(text)
            for one in family.samples
        )
    except (ValueError, KeyError, IndexError) as error:
        raise UnmetError(
            "Metrics are in a format of Prometheus: text 0.0.4 or OpenMetrics.",
            expected='lines such as `name{label="value"} 1`',
            actual=f"{type(error).__name__}: {error}",
            exchange=answer.exchange,
        ) from None
    return Scrape(samples)


def _has(sample: Sample, labels: Mapping[str, str]) -> bool:
    return all(sample.labels.get(name) == value for name, value in labels.items())
