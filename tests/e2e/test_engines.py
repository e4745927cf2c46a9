"""A Docker engine that is not there or misbehaves: ours, exit 3, in words, and nothing hangs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import fake_engine
from tests.e2e.trial import GRADED, PROGRESS
from tests.fake_engine import engine, says

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.trial import Trial

MISBEHAVING = {
    "stalls": {"version": fake_engine.stalls},
    "cuts": {"version": fake_engine.cuts},
    "answers 500": {"version": fake_engine.fails},
    "hangs up": {"version": fake_engine.hangs_up},
    "no JSON": {"version": fake_engine.babbles},
    "500 for images": {"images": fake_engine.fails},
    "500 for networks": {"networks/create": fake_engine.fails},
    "cut containers": {"containers/create": fake_engine.cuts},
}


@pytest.mark.parametrize("name", MISBEHAVING)
def test_engine_that_misbehaves_is_our_fault(trial: Trial, name: str) -> None:
    """The learner is told that it is not theirs, and what to do; no tick is lost."""
    with engine(**MISBEHAVING[name]) as fake:
        trial.environment["DOCKER_HOST"] = fake.url
        done = trial.grade("phase1", "--runtime", "docker", "--json", "-")

    assert done.code == 3
    assert done.problem["stage"]
    assert {line["outcome"] for line in done.document["lines"]} == {"error"}
    assert trial.progress.read_text() == PROGRESS
    trial.assert_nothing_left()


def test_engine_that_is_not_there_names_the_way_out(trial: Trial, tmp_path: Path) -> None:
    """Nothing listens where DOCKER_HOST points."""
    trial.environment["DOCKER_HOST"] = f"unix://{tmp_path}/docker.sock"
    done = trial.grade("phase1", "--runtime", "docker", "--json", "-")

    assert done.code == 3
    assert "DOCKER_HOST" in done.problem["message"] + done.problem["remedy"]
    trial.assert_nothing_left()


def test_image_that_is_missing_offline_names_the_commands(trial: Trial) -> None:
    """Neither stored nor to be pulled."""
    gone = says(404, {"message": "No such image"})
    refused = says(500, {"message": "dial tcp: lookup registry-1.docker.io: no such host"})
    with engine(**{"images/.*/json": gone, "images/create": refused}) as fake:
        trial.environment["DOCKER_HOST"] = fake.url
        done = trial.grade("phase1", "--runtime", "docker", "--json", "-")

    assert done.code == 3
    assert "image" in done.problem["message"]
    assert "scripts/" in done.problem["remedy"] or "docker pull" in done.problem["remedy"]


@pytest.mark.process
def test_auto_goes_on_without_an_engine_and_says_so(trial: Trial, tmp_path: Path) -> None:
    """Plain processes, and why."""
    trial.environment["DOCKER_HOST"] = f"unix://{tmp_path}/docker.sock"
    done = trial.grade("phase1", "--json", "-")

    assert (done.code, done.document["runtime"]) == (1, "process")
    assert "no Docker engine answers" in done.told
    assert trial.progress.read_text() == GRADED
