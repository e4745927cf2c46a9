"""Whatever ends a run, nothing of it stays on the engine."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from grader.model.problem import StoppedError
from grader.runtimes.docker.engine import Engine
from grader.runtimes.docker.names import RUN
from grader.runtimes.docker.sweep import found_runs, sweep

pytestmark = pytest.mark.docker


class Interruption(BaseException):
    """Stands for Ctrl-C at some moment."""


def left(engine: Engine, run: str) -> list[str]:
    label = f"{RUN}={run}"
    return [one["Id"] for one in (*engine.containers(label), *engine.networks(label))]


def run_id(runtime) -> str:
    return runtime._context.id


def start(runtime, source):
    return runtime.start(runtime.build(source), ["postgres"], {"DATABASE_URL": "{postgres}"})


def test_nothing_is_left_after_close(new_runtime, source, engine):
    runtime = new_runtime()
    before = volumes(engine)
    start(runtime, source)
    assert len(left(engine, run_id(runtime))) >= 5
    runtime.close()
    runtime.close()
    assert left(engine, run_id(runtime)) == []
    assert runtime.leftovers == ()
    assert volumes(engine) <= before


def volumes(engine: Engine) -> set[str]:
    return {one["Name"] for one in engine.api.volumes()["Volumes"] or ()}


@pytest.mark.parametrize(
    ("verb", "nth"),
    [
        ("create_network", 1),
        ("create_network", 2),
        ("create", 1),
        ("connect", 1),
        ("start", 1),
        ("start", 3),
        ("execute", 1),
        ("execute", 2),
        ("inspect", 3),
    ],
)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_nothing_is_left_when_a_start_is_interrupted(  # noqa: PLR0917
    verb, nth, moment, new_runtime, source, engine, monkeypatch
):
    plain, calls, lock = getattr(Engine, verb), [], threading.Lock()

    def interrupted(self, *args, **kwargs):
        with lock:
            calls.append(verb)
            now = len(calls) == nth
        if now and moment == "before":
            raise Interruption
        result = plain(self, *args, **kwargs)
        if now:
            raise Interruption
        return result

    runtime = new_runtime()
    monkeypatch.setattr(Engine, verb, interrupted)
    with pytest.raises(Interruption):
        start(runtime, source)
    monkeypatch.undo()
    runtime.close()
    assert left(engine, run_id(runtime)) == []


def test_nothing_is_left_when_the_app_does_not_start(new_runtime, source, engine):
    runtime = new_runtime()
    build = runtime.build(source)
    with pytest.raises(StoppedError):
        runtime.start(build, ["postgres"], {"HOST": "127.0.0.1"})
    runtime.close()
    assert left(engine, run_id(runtime)) == []


OWNER = """
    import sys
    from pathlib import Path
    from grader.model.exercise import App, Limits
    from grader.runtimes.base import AppSource, RunContext
    from grader.runtimes.docker import DockerRuntime

    folder = Path(sys.argv[1])
    runtime = DockerRuntime(RunContext(id=sys.argv[2], folder=folder, cache=folder, seed=1))
    source = AppSource(root=folder, digest="prober", app=App(), limits=Limits())
    runtime.start(runtime.build(source), ["postgres"], {})
    print("started", flush=True)
    sys.stdin.read()
"""


def test_a_killed_owner_is_swept_and_a_living_one_is_not(new_runtime, source, engine, tmp_path):
    living = new_runtime()
    start(living, source)
    command = [sys.executable, "-c", textwrap.dedent(OWNER), str(source.root), "deadbeef0001"]
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": root, "PATH": "/usr/bin:/bin"},
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"started\n"
        owner.kill()
    assert {"deadbeef0001", run_id(living)} <= found_runs(engine)
    assert sweep(["deadbeef0001", "0badc0de"], engine) == ()
    assert left(engine, "deadbeef0001") == []
    assert left(engine, run_id(living)) != []


def test_labels_say_whose_a_container_is(new_runtime, source, engine):
    runtime = new_runtime()
    start(runtime, source)
    found = engine.containers(f"{RUN}={run_id(runtime)}")
    labels = [one["Labels"] for one in found]
    assert {one["grader.role"] for one in labels} == {"app", "bench", "postgres"}
    assert all(one["grader.owner"] for one in labels)
    assert json.dumps(labels).count(run_id(runtime)) >= len(labels)
