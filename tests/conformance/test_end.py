"""Whatever happened, a run leaves nothing; and the next run clears up after one that was killed."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from grader.runtimes import registry


def marked(run: str) -> list[psutil.Process]:
    """Return the living processes that carry a run's marker."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("GRADE_RUN") == run and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def refuses(url: str) -> bool:
    parts = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((parts.hostname, parts.port)) != 0


def leftovers(cache: Path, run: str) -> list[Path]:
    homes = (cache / "data", Path("/dev/shm"))
    return [path for home in homes for path in home.glob("*") if run in path.name]


def test_close_leaves_nothing(stage):
    services = ["postgres", "redis", "smtp", "collector"]
    instance = stage.start(services=services, faults=["redis", "smtp"], prepare=["db:migrate"])
    stage.power("fault", instance="app", dependency="redis", mode="blackhole")
    stage.power("fault", instance="app", dependency="smtp", mode="refuse")
    second = stage.power("instance", env={}, fresh=True)
    stage.http.get(f"{instance.url}/orphan")
    stage.runtime.close()
    stage.runtime.close()
    urls = (instance.url, second["url"], *instance.services.values(), *second["services"].values())
    assert [url for url in urls if not refuses(url)] == []
    assert (marked(stage.run), leftovers(stage.cache, stage.run)) == ([], [])


def test_close_after_a_failed_start_leaves_nothing(stage_of):
    stage = stage_of("exits")
    with pytest.raises(Exception, match="exited"):
        stage.start(services=["postgres"])
    stage.runtime.close()
    assert (marked(stage.run), leftovers(stage.cache, stage.run)) == ([], [])


def test_close_before_anything_is_fine(stage):
    stage.runtime.close()


OWNER = """
    import json, os, sys
    from pathlib import Path
    from grader.model.exercise import App, Limits
    from grader.runtimes import registry
    from grader.runtimes.base import AppSource, RunContext

    kind, run, folder, cache = sys.argv[1:]
    context = RunContext(id=run, folder=Path(folder), cache=Path(cache), seed=1)
    runtime = registry.create(kind, context)
    source = AppSource(root=Path(folder) / "app", digest="0" * 64, app=App(), limits=Limits(), faults=("redis",))
    env = {"DATABASE_URL": "{postgres}", "REDIS_URL": "{redis}"}
    started = runtime.start(runtime.build(source), ["postgres", "redis"], env)
    runtime.power("fault", {"instance": "app", "dependency": "redis", "mode": "blackhole"})
    print(json.dumps({"url": started.url, **started.services}), flush=True)
    sys.stdin.read()
"""


def test_killed_owner_is_swept(kind, cache, http):
    run = secrets.token_hex(6)
    folder = Path(tempfile.mkdtemp(prefix="conformance-")) / run
    shutil.copytree(Path(__file__).parent / "apps" / "plain", folder / "app")
    for one in (folder, folder.parent):
        one.chmod(0o711)
    try:
        command = [sys.executable, "-c", textwrap.dedent(OWNER), kind, run, str(folder), str(cache)]
        env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env) as owner:
            assert owner.stdout is not None
            urls = json.loads(owner.stdout.readline())
            http.get(f"{urls['url']}/orphan")
            owner.kill()
        registry.sweep([folder])
        assert [url for url in urls.values() if not refuses(url)] == []
        assert (marked(run), leftovers(cache, run)) == ([], [])
    finally:
        shutil.rmtree(folder.parent)
