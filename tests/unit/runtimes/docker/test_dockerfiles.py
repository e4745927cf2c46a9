"""Our Dockerfiles, and when an image counts as built already."""

from __future__ import annotations

import tarfile

import jinja2
import pytest

from grader.model.exercise import App, Limits
from grader.model.problem import Blame, StoppedError
from grader.runtimes.base import AppSource
from grader.runtimes.docker.appimage import build_failed, check_source, recipe
from grader.runtimes.docker.builder import BuildFailedError, _last_step
from grader.runtimes.docker.context import pack
from grader.runtimes.docker.dockerfiles import render
from grader.runtimes.docker.engine import Image
from grader.runtimes.docker.images import KEEP_LOCKS, KEEP_PER_LOCK, expendable


def app(root, digest="d") -> AppSource:
    (root / "package.json").write_text('{"name": "x"}')
    (root / "package-lock.json").write_text("{}")
    return AppSource(root=root, digest=digest, app=App(), limits=Limits())


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]


def test_dependencies_are_installed_before_the_source_is_copied():
    assert lines(render("app", base="node:24-slim", files=["package.json"], cache_mount=False)) == [
        "FROM node:24-slim",
        "WORKDIR /app",
        "COPY app/package.json ./",
        (
            "RUN npm ci --cache /tmp/npm --include=dev --no-audit --no-fund --no-progress --no-update-notifier"
            " && rm -rf /tmp/npm"
        ),
        "COPY app/ ./",
        "USER node",
    ]


def test_buildkit_keeps_npms_cache_between_builds():
    text = render("app", base="b", files=["package.json"], cache_mount=True)
    assert "RUN --mount=type=cache,id=grader-npm,target=/tmp/npm npm ci" in text
    assert "# syntax" not in text


@pytest.mark.parametrize("name", ["app", "bench", "postgres"])
def test_a_fact_left_out_is_an_error(name):
    with pytest.raises(jinja2.UndefinedError):
        render(name)


def test_a_builder_without_cache_finds_what_one_with_it_built(tmp_path):
    source, base = app(tmp_path), Image(id="sha256:1", labels={})
    tags = {recipe(source, "b", cache_mount=mount).tag(base) for mount in (True, False)}
    assert len(tags) == 1


def test_source_and_base_decide_the_tag(tmp_path):
    one, other = (recipe(app(tmp_path, digest), "b", cache_mount=False) for digest in ("d", "e"))
    bases = [Image(id="sha256:1", labels={}), Image(id="sha256:2", labels={})]
    assert len({made.tag(base) for made in (one, other) for base in bases}) == 4


def test_npm_settings_are_copied_where_there_are_any(tmp_path):
    source = app(tmp_path)
    (tmp_path / ".npmrc").write_text("legacy-peer-deps=true")
    assert "app/.npmrc" in recipe(source, "b", cache_mount=False).dockerfile


@pytest.mark.parametrize("name", ["package.json", "package-lock.json"])
def test_what_is_missing_is_named(name, tmp_path):
    app(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(StoppedError) as stop:
        check_source(tmp_path)
    assert stop.value.problem.blame is Blame.LEARNER
    assert f"no {name}" in stop.value.problem.message


def test_app_with_a_procfile_needs_no_npm(tmp_path):
    source = app(tmp_path)
    (tmp_path / "package.json").unlink()
    (tmp_path / "Procfile").write_text("web: node server.mjs\n")
    check_source(tmp_path)
    text = recipe(source, "b", cache_mount=False).dockerfile
    assert "npm" not in text
    assert "COPY app/ ./" in text


def names_in(root) -> list[str]:
    with pack({"grader.Dockerfile": b"FROM x"}, {"app": root}) as file, tarfile.open(fileobj=file) as tar:
        return tar.getnames()


def test_context_leaves_out_what_is_nobodys_business(tmp_path):
    for name in (".git/config", "node_modules/x/index.js", ".env", "progress.md", "src/.env", "src/app.js"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("secret")
    assert names_in(tmp_path) == ["grader.Dockerfile", "app/src", "app/src/app.js"]


def test_an_ignore_file_or_dockerfile_of_the_learner_stands_below_ours(tmp_path):
    (tmp_path / ".dockerignore").write_text("*")
    (tmp_path / "grader.Dockerfile").write_text("FROM evil")
    assert set(names_in(tmp_path)) == {"grader.Dockerfile", "app/.dockerignore", "app/grader.Dockerfile"}


def test_context_follows_no_link(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("marker-of-a-secret")
    root = tmp_path / "app"
    root.mkdir()
    (root / "link").symlink_to(secret)
    (root / "folder").symlink_to(tmp_path)
    with pack({}, {"app": root}) as file:
        assert b"marker-of-a-secret" not in file.read()


def test_same_content_makes_the_same_context(tmp_path):
    path = tmp_path / "a.js"
    path.write_text("1")
    with pack({}, {"app": tmp_path}) as first:
        before = first.read()
    path.touch()
    path.chmod(0o600)
    with pack({}, {"app": tmp_path}) as second:
        assert second.read() == before


CLASSIC = [
    "Step 3/6 : COPY app/package.json ./",
    "Step 4/6 : RUN npm ci --cache /tmp/npm",
    "npm error code X",
]
BUILDKIT = ["#7 [3/5] COPY app/package.json ./", "#8 [4/5] RUN npm ci --cache /tmp/npm", "#8 0.5 npm error"]


@pytest.mark.parametrize("output", [CLASSIC, BUILDKIT], ids=["classic", "buildkit"])
def test_the_failed_step_is_found(output):
    assert _last_step(output).startswith("RUN npm ci")


def blame(step: str, why: str, *output: str) -> tuple[Blame, str]:
    problem = build_failed(BuildFailedError(step, why, output), 600).problem
    return problem.blame, problem.message


def test_npm_refusing_is_the_learners():
    who, message = blame("RUN npm ci", "code 1", "npm error code EUSAGE")
    assert who is Blame.LEARNER
    assert "npm ci" in message


def test_npm_without_network_is_nobodys_fault():
    who, _ = blame("RUN npm ci", "code 1", "npm error code ENOTFOUND", "npm error network request failed")
    assert who is Blame.MISSING


def test_engine_failing_before_npm_is_ours():
    assert blame("COPY app/ ./", "no space left on device")[0] is Blame.OURS


def images(lock: str, count: int, since: int) -> list[Image]:
    return [Image(id=f"{lock}{n}", labels={"grader.lock": lock}, created=since + n) for n in range(count)]


def test_newest_images_of_recent_lockfiles_are_kept():
    stored = [image for n in range(KEEP_LOCKS + 2) for image in images(f"lock{n}-", KEEP_PER_LOCK, 100 * n)]
    gone = {image.id for image in expendable(stored)}
    assert gone == {image.id for image in stored if image.labels["grader.lock"] in ("lock0-", "lock1-")}


def test_older_images_of_one_lockfile_go():
    stored = images("a", KEEP_PER_LOCK + 2, 0)
    assert {image.id for image in expendable(stored)} == {"a0", "a1"}
