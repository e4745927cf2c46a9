"""Nothing around the suite gets into it: not the learner's files, not the caller's environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes import Suite, target
from tests.hostile_http import answers, serving

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

POISON = "import os, pathlib\npathlib.Path({marker!r}).touch()\nos._exit(0)\n"
FILES = ["conftest.py", "sitecustomize.py", "usercustomize.py", "httpx.py", "httpcore.py", "pytest.py", "json.py", "pytest_timeout.py"]  # fmt: skip
CONFIGS = {
    "pytest.ini": "[pytest]\naddopts = --collect-only\npython_functions = nothing_*\n",
    "pyproject.toml": "[tool.pytest.ini_options]\naddopts = '--collect-only'\n",
    "tox.ini": "[pytest]\naddopts = --collect-only\n",
    "setup.cfg": "[tool:pytest]\naddopts = --collect-only\n",
}


def poison(folder: Path, marker: Path) -> None:
    for name in FILES:
        (folder / name).write_text(POISON.format(marker=str(marker)))
    for name, text in CONFIGS.items():
        (folder / name).write_text(text)


def test_files_around_the_suite_have_no_influence(
    suite: Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Configuration and modules in the repository, the suite's folders, the child's and the caller's stay unread."""
    marker = tmp_path / "marker"
    suite.write("def test_a(client): client.get('/')\ndef test_b(): raise UnmetError('no')")
    suite.write("def test_c(): pass", exercise="other")
    stand = suite.plan().folder
    for folder in (
        tmp_path,
        tmp_path / "phases",
        tmp_path / "phases" / "fake",
        tmp_path / "phases" / "other",
        stand,
    ):
        poison(folder, marker)
    monkeypatch.chdir(tmp_path)
    with serving(answers(b"")) as server:
        assert suite.outcomes(on=target(server.url)) == {"a": "pass", "b": "fail", "c": "pass"}
    assert not marker.exists()


def test_environment_of_the_caller_has_no_influence(
    suite: Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Options, plugins, paths, proxies and secrets of the environment stay outside."""
    marker = tmp_path / "marker"
    evil = tmp_path / "evil"
    evil.mkdir()
    poison(evil, marker)
    with serving(answers(b"proxied")) as proxy, serving(answers(b"direct")) as server:
        poisoned = {
            "PYTEST_ADDOPTS": "--collect-only",
            "PYTEST_PLUGINS": "conftest",
            "PYTHONPATH": str(evil),
            "PYTHONSTARTUP": str(evil / "conftest.py"),
            "PYTHONOPTIMIZE": "2",
            "PYTHONHOME": str(evil),
            "HTTP_PROXY": proxy.url,
            "ALL_PROXY": proxy.url,
            "SSL_CERT_FILE": str(evil / "none"),
            "CI": "true",
            "SECRET_TOKEN": "hunter2",
            "GRADE_TARGET": str(evil / "target.json"),
        }
        for name, value in poisoned.items():
            monkeypatch.setenv(name, value)
        suite.write(
            f"""
            def test_a(client): expect.equal(client.get("/").body, b"direct", "No proxy.")
            def test_b(): expect.equal([], [name for name in os.environ if name in {list(poisoned)!r}], "No variable.")
            def test_c(): expect.that(not [path for path in sys.path if "evil" in path], "No path.")
        """
        )
        assert suite.outcomes(on=target(server.url)) == {"a": "pass", "b": "pass", "c": "pass"}
    assert proxy.visits == 0
    assert not marker.exists()


def test_child_stands_in_its_own_folder_without_the_channel_in_its_children(suite: Suite) -> None:
    """What a check starts inherits neither the channel nor its number."""
    suite.write("""
        import subprocess
        def test_a():
            command = "import os; print(len(os.listdir('/proc/self/fd')) if os.path.exists('/proc') else 4)"
            seen = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, close_fds=False)
            expect.that(int(seen.stdout) <= 8 and "GRADE_CHANNEL" not in os.environ, "No channel.", actual=seen.stdout)
            expect.equal(os.path.basename(os.getcwd()), "stand", "Its own folder.")
    """)
    assert suite.outcomes() == {"a": "pass"}
    assert not list(suite.plan().folder.iterdir())


def test_seed_and_check_decide_the_random_data(suite: Suite, tmp_path: Path) -> None:
    """The same run draws the same data again; two checks of it do not share any."""
    suite.write(f"""
        def test_a(draw): open({str(tmp_path / "words")!r}, "a").write(draw.email() + "\\n")
        def test_b(draw): open({str(tmp_path / "words")!r}, "a").write(draw.email() + "\\n")
    """)
    for _ in range(2):
        assert suite.outcomes() == {"a": "pass", "b": "pass"}
    words = (tmp_path / "words").read_text().split()
    assert words[:2] == words[2:]
    assert words[0] != words[1]
