"""Scripts are resolved as npm would run them, or as a Procfile names them."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from grader.model.problem import Blame, StoppedError
from grader.runtimes.commands import exists, resolve

if TYPE_CHECKING:
    from pathlib import Path


def package(root: Path, **scripts: object) -> Path:
    (root / "package.json").write_text(json.dumps({"name": "x", "version": "1.0.0", "scripts": scripts}))
    return root


def run(root: Path, script: str) -> tuple[int, str]:
    command = resolve(root, script)
    done = subprocess.run(command.argv, cwd=root, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_script_without_hooks_stays_as_it_is(tmp_path):
    assert resolve(package(tmp_path, start="exec node a.js"), "start").shell == "exec node a.js"


def test_script_sees_npms_variables(tmp_path):
    env = resolve(package(tmp_path, start="node a.js"), "start").env
    assert env == {
        "npm_lifecycle_event": "start",
        "npm_package_name": "x",
        "npm_package_version": "1.0.0",
    }


def test_hooks_run_around_the_script(tmp_path):
    package(tmp_path, pretest="echo one", test="false; echo two # with a comment", posttest="echo three")
    assert run(tmp_path, "test") == (0, "one\ntwo\nthree\n")


@pytest.mark.parametrize(("failing", "printed"), [("pre", ""), ("", "pre\n"), ("post", "pre\nmain\n")])
def test_failing_part_ends_the_script(tmp_path, failing, printed):
    scripts = {"prego": "echo pre", "go": "echo main", "postgo": "echo post"}
    package(tmp_path, **{**scripts, f"{failing}go": "exit 3"})
    assert run(tmp_path, "go") == (3, printed)


def test_start_defaults_to_server_js(tmp_path):
    package(tmp_path)
    assert not exists(tmp_path, "start")
    (tmp_path / "server.js").touch()
    assert resolve(tmp_path, "start").shell == "node server.js"


@pytest.mark.parametrize(
    ("script", "process", "shell"),
    [
        ("start", "web", "./app --port $PORT"),
        ("db:migrate", "", "./app migrate"),
        ("web", "", "./app --port $PORT"),
    ],
)
def test_procfile_names_the_commands(tmp_path, script, process, shell):
    (tmp_path / "Procfile").write_text("# what runs\nweb: ./app --port $PORT\n\ndb-migrate:./app migrate\n")
    assert resolve(tmp_path, script, process).shell == shell


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "neither a package.json nor a Procfile"),
        ({"package.json": "{}"}, "package.json has no script `db:seed`"),
        ({"package.json": '{"scripts": {"db:seed": 1}}'}, "package.json has no script `db:seed`"),
        ({"package.json": '{"scripts": []}'}, "package.json has no script `db:seed`"),
        ({"package.json": "[]"}, "must hold a JSON object"),
        ({"package.json": "{'a': 1}"}, "is not valid JSON: .* line 1"),
        ({"package.json": "[" * 100_000}, "is not valid JSON"),
        ({"package.json": '{"scripts": {"db:seed": "a\\u0000b"}}'}, "`db:seed` that contains a NUL"),
        ({"package.json": '{"name": "a\\ud800"}'}, "`name` that contains half a character"),
        ({"package.json": json.dumps({"version": "1" * 200_000})}, "`version` that is longer"),
        ({"Procfile": "web: a\0b\n"}, "Procfile holds a `web` that contains a NUL"),
        ({"Procfile": "web: x\n"}, "Procfile has no entry `db-seed`"),
    ],
)
def test_missing_script_is_the_learners_to_mend(tmp_path, files, said):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(StoppedError, match=said) as caught:
        resolve(tmp_path, "db:seed")
    assert caught.value.problem.blame is Blame.LEARNER
    assert caught.value.problem.remedy


@pytest.mark.parametrize("name", ["package.json", "Procfile"])
def test_binary_manifest_is_told(tmp_path, name):
    (tmp_path / name).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StoppedError, match="cannot be read"):
        resolve(tmp_path, "start")
