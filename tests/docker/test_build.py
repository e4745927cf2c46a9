"""What is built, what is reused, and whose fault a failed build is."""

from __future__ import annotations

import dataclasses
import json
import secrets

import pytest

from grader.model.events import StepOutput
from grader.model.problem import Blame, StoppedError
from grader.runtimes.base import RunContext
from grader.runtimes.docker import DockerRuntime
from grader.runtimes.docker.engine import Engine
from grader.runtimes.docker.images import Images

pytestmark = pytest.mark.docker


def build(source, tmp_path, emit=lambda _event: None, **limits):
    context = RunContext(id=secrets.token_hex(6), folder=tmp_path, cache=tmp_path, seed=1, emit=emit)
    runtime = DockerRuntime(context)
    changed = dataclasses.replace(source, limits=dataclasses.replace(source.limits, **limits))
    try:
        return runtime.build(changed)
    finally:
        runtime.close()


@pytest.fixture
def copy(source, tmp_path):
    """Return a source of its own content, which no image was built of."""
    for path in source.root.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    yield dataclasses.replace(source, root=tmp_path, digest=secrets.token_hex(8))
    engine = Engine()
    Images(engine, None).prune_apps()
    engine.close()


def change(root, **changes) -> None:
    package = json.loads((root / "package.json").read_text()) | changes
    (root / "package.json").write_text(json.dumps(package))


def test_unchanged_source_is_not_built_again(source, tmp_path, monkeypatch):
    build(source, tmp_path)
    monkeypatch.setattr(Images, "build", None)
    assert build(source, tmp_path).note


def test_changed_source_keeps_the_installed_dependencies(source, copy, tmp_path):
    build(source, tmp_path)
    (copy.root / "server.js").write_text("// changed")
    said: list[str] = []
    build(copy, tmp_path, emit=lambda event: said.append(getattr(event, "text", "")))
    install = next(n for n, text in enumerate(said) if "RUN " in text and "npm ci" in text)
    assert any(word in " ".join(said[install : install + 3]) for word in ("Using cache", "CACHED"))


def test_lockfile_out_of_step_is_the_learners(copy, tmp_path):
    change(copy.root, dependencies={"express": "^5.0.0"})
    events: list[object] = []
    with pytest.raises(StoppedError) as stop:
        build(copy, tmp_path, emit=events.append)
    problem = stop.value.problem
    assert (problem.blame, problem.stage) == (Blame.LEARNER, "build")
    assert "npm ci" in problem.message
    assert "EUSAGE" in problem.log
    assert any(isinstance(event, StepOutput) for event in events)


def test_build_that_never_ends_is_ended(copy, tmp_path):
    change(copy.root, scripts={"start": "node server.js", "postinstall": "sleep 60"})
    with pytest.raises(StoppedError, match="within 4 s"):
        build(copy, tmp_path, build=4)


def test_learners_dockerfile_and_ignore_file_do_not_matter(copy, tmp_path):
    (copy.root / "Dockerfile").write_text("FROM nowhere.invalid/x")
    (copy.root / ".dockerignore").write_text("*")
    assert build(copy, tmp_path).handle.startswith("sha256:")
