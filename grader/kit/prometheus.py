"""A real Prometheus that scrapes the service by the learner's own settings, and is asked in PromQL.

A module of its own for exercises that require `prometheus`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from grader.kit import wait, yaml_text
from grader.kit.client import Client
from grader.kit.verdicts import UnmetError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grader.kit.service import Service

SCRAPE_S = 1
"""Seconds between two scrapes, whatever the settings say."""

_RUN = "prometheus-as-run-by-the-grader.yml"
_KEPT = ("global", "rule_files", "scrape_configs")
_UP_WITHIN = 15.0
_BAD_REQUEST = 400
_UNPROCESSABLE = 422


@dataclass(frozen=True)
class Series:
    """One series of an answer; `value` may be NaN."""

    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True)
class Target:
    """One target that Prometheus scrapes, and what came of it last."""

    job: str
    address: str
    health: str
    error: str


@dataclass(frozen=True)
class Prometheus:
    """A running Prometheus."""

    client: Client

    def query(self, expression: str, *, at: float | None = None) -> list[Series]:
        """Evaluate PromQL, now or at an instant (epoch seconds); raises `UnmetError` where it is none."""
        query = {"query": expression, **({"time": f"{at:.3f}"} if at else {})}
        answer = self.client.get(f"/api/v1/query?{urlencode(query)}")
        if answer.status in {_BAD_REQUEST, _UNPROCESSABLE}:
            raise UnmetError(
                "A query is PromQL that Prometheus can evaluate.",
                expected="PromQL",
                actual=f"{expression}: {answer.object().get('error')}",
            )
        data = answer.object().object("data")
        if data["resultType"] == "scalar":
            return [Series({}, float(data["result"][1]))]
        if data["resultType"] != "vector":
            raise UnmetError(
                "A query gives numbers of one moment.",
                expected="a value per series, such as `rate(x[1m])`",
                actual=f"{expression}: a {data['resultType']}",
            )
        return [Series(one["metric"], float(one["value"][1])) for one in data["result"]]

    def total(self, expression: str, *, at: float | None = None) -> float:
        """Return the sum of a query's series, 0 without any; what is no number is left out."""
        return sum(one.value for one in self.query(expression, at=at) if math.isfinite(one.value))

    def targets(self) -> list[Target]:
        """Return what it scrapes."""
        active = self.client.get("/api/v1/targets?state=active").object().object("data")["activeTargets"]
        return [
            Target(
                one["labels"].get("job", ""),
                one["discoveredLabels"]["__address__"],
                one["health"],
                one["lastError"],
            )
            for one in active
        ]

    def settled(self) -> list[Target]:
        """Return what it scrapes once everything was scraped and is up, or after 15 s as it is then."""
        return wait.for_value(
            self.targets, lambda found: bool(found) and all(one.health == "up" for one in found), _UP_WITHIN
        )


def start(service: Service, files: Mapping[str, str], config: str, hosts: Mapping[str, str]) -> Prometheus:
    """Start a Prometheus beside an instance, by the settings in the file `config` of `files`.

    `hosts` maps the addresses that the settings name (`api:3000`) to processes of the app. Unmet where
    promtool refuses the settings, blocked where no Prometheus is to be had.
    """
    settings = yaml_text.mapping(config, files[config])
    run = str(PurePosixPath(config).with_name(_RUN))
    given = {**files, run: yaml_text.dump(as_run(settings, hosts))}
    return Prometheus(Client(service.prometheus(given, check=config, run=run)))


def as_run(settings: Mapping[str, Any], hosts: Mapping[str, str]) -> dict[str, Any]:
    """Return settings that scrape every second, find the given hosts, and reach nobody else.

    What would send data elsewhere or ask others for targets is left out; labels stay as they would be.
    """
    kept = {name: settings[name] for name in _KEPT if name in settings}
    seconds = {
        "scrape_interval": f"{SCRAPE_S}s",
        "evaluation_interval": f"{SCRAPE_S}s",
        "scrape_timeout": f"{SCRAPE_S}s",
    }
    return {
        **kept,
        "global": {**_as(dict, settings.get("global")), **seconds},
        "scrape_configs": [
            _scraped(one, hosts) for one in _as(list, settings.get("scrape_configs")) if isinstance(one, dict)
        ],
    }


def _scraped(job: Mapping[str, Any], hosts: Mapping[str, str]) -> dict[str, Any]:
    kept = {
        name: value
        for name, value in job.items()
        if not name.endswith("_sd_configs") and name not in {"scrape_interval", "scrape_timeout"}
    }
    mapped = [rule for address, process in hosts.items() for rule in _mapped(address, process)]
    return {**kept, "relabel_configs": [*_as(list, job.get("relabel_configs")), *mapped]}


def _as(kind: type[Any], value: object) -> Any:
    """Return a value of a kind, an empty one where it is of another: promtool says what is wrong with it."""
    return value if isinstance(value, kind) else kind()


def _mapped(address: str, process: str) -> list[dict[str, Any]]:
    """Return the rules that lead an address to a process; `instance` stays what it was written as."""
    escaped = address.replace(".", r"\.")
    return [
        {
            "source_labels": ["instance", "__address__"],
            "regex": f";({escaped})",
            "target_label": "instance",
            "replacement": "$1",
        },
        {
            "source_labels": ["__address__"],
            "regex": escaped,
            "target_label": "__address__",
            "replacement": f"{{address:{process}}}",
        },
    ]
