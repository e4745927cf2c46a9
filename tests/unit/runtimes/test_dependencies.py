"""Dependencies are installed once per lockfile, whole or not at all; npm is a fake here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from grader.model.events import StepOutput
from grader.model.problem import Blame, StoppedError
from grader.runtimes.process.children import Children
from grader.runtimes.process.dependencies import Installer
from grader.runtimes.process.ledger import Ledger
from grader.runtimes.process.node import Node

if TYPE_CHECKING:
    from pathlib import Path

    from grader.model.events import Event

GOOD = "echo added 1 package; mkdir node_modules; echo x >> node_modules/installed"


class Bed:
    """An app in a folder, an installer with a fake npm, and what it emitted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.events: list[Event] = []
        self.children = Children("run", Ledger(folder, "run"))

    def app(self, name: str = "app", **package: object) -> Path:
        root = self.folder / name
        root.mkdir()
        (root / "package.json").write_text(json.dumps(package))
        (root / "package-lock.json").write_text('{"packages": {}}')
        return root

    def install(self, root: Path, npm: str = GOOD, version: str = "v24.0.0", seconds: float = 10) -> str:
        installer = Installer(
            children=self.children,
            node=lambda: Node(self.folder, ("sh", "-c", npm), version),
            cache=self.folder / "cache",
            home=self.folder / "home",
            emit=self.events.append,
            seconds=seconds,
        )
        return installer.install(root)

    def entries(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "cache/dependencies").iterdir() if path.is_dir())


@pytest.fixture
def bed(tmp_path: Path) -> Bed:
    return Bed(tmp_path)


def test_same_lockfile_installs_once(bed):
    one, two = bed.app("one"), bed.app("two")
    assert bed.install(one) == "dependencies installed"
    assert bed.install(two, npm="exit 1") == "dependencies reused"
    assert (two / "node_modules/installed").read_text() == "x\n"


def test_other_lockfile_or_node_installs_again(bed):
    root = bed.app()
    bed.install(root)
    bed.install(root, version="v22.0.0")
    (root / "package-lock.json").write_text('{"packages": {"": {}}}')
    bed.install(root)
    assert len(bed.entries()) == 3


def test_install_is_shown_as_it_goes(bed):
    bed.install(bed.app(), npm=f"printf '\\033[31mred\\n'; {GOOD}")
    assert [event.text for event in bed.events if isinstance(event, StepOutput)] == ["red", "added 1 package"]


def test_flood_of_npm_is_shown_in_part(bed):
    bed.install(bed.app(), npm=f"yes | head -n 100000; {GOOD}")
    assert len([event for event in bed.events if isinstance(event, StepOutput)]) <= 400


def test_failed_install_leaves_no_entry(bed):
    with pytest.raises(StoppedError, match="exit code 9") as caught:
        bed.install(bed.app(), npm="mkdir node_modules; echo npm error boom; exit 9")
    assert (caught.value.problem.blame, caught.value.problem.stage) == (Blame.LEARNER, "build")
    assert "boom" in caught.value.problem.log
    assert bed.entries() == []


def test_what_a_killed_install_left_is_removed(bed):
    root = bed.app()
    bed.install(root)
    [key] = bed.entries()
    (bed.folder / "cache/dependencies" / key).rename(bed.folder / f"cache/dependencies/.{key}-dead")
    assert bed.install(root) == "dependencies installed"
    assert bed.entries() == [key]


def test_endless_install_is_ended(bed):
    with pytest.raises(StoppedError, match=r"not done within 0\.3 s"):
        bed.install(bed.app(), npm="sleep 600", seconds=0.3)


@pytest.mark.parametrize(
    "package",
    [{"scripts": {"postinstall": "x"}}, {"scripts": {"prepare": "x"}}, {"workspaces": ["a"]}],
)
def test_app_with_install_scripts_gets_its_own(bed, package):
    root = bed.app(**package)
    assert "own copy" in bed.install(root)
    assert not (root / "node_modules").is_symlink()


def test_local_package_gets_its_own(bed):
    root = bed.app()
    (root / "package-lock.json").write_text('{"packages": {"node_modules/a": {"link": true}}}')
    assert "own copy" in bed.install(root)


@pytest.mark.parametrize(
    ("said", "blame"),
    [
        ("npm error code EUSAGE", Blame.LEARNER),
        ("npm error network request failed, reason: getaddrinfo ENOTFOUND x", Blame.MISSING),
    ],
)
def test_reason_of_a_failed_install_is_told(bed, said, blame):
    with pytest.raises(StoppedError) as caught:
        bed.install(bed.app(), npm=f"echo {said!r}; exit 1")
    assert caught.value.problem.blame is blame


def test_lockfile_out_of_step_is_told_without_the_page_on_options(bed):
    said = "npm error code EUSAGE\nnpm error Missing: a@1 from lock file\nnpm error Usage:\n" + "x\n" * 100
    with pytest.raises(StoppedError, match="does not belong") as caught:
        bed.install(bed.app(), npm=f"echo '{said}'; exit 1")
    log = caught.value.problem.log
    assert ("Missing: a@1" in log, "Usage" in log) == (True, False)


def test_registry_settings_reach_npm_and_tokens_do_not(bed, monkeypatch):
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")
    monkeypatch.setenv("NPM_TOKEN", "secret")
    bed.install(bed.app(), npm=f"env; {GOOD}")
    shown = [event.text for event in bed.events if isinstance(event, StepOutput)]
    assert "npm_config_registry=http://127.0.0.1:9" in shown
    assert not any("secret" in line for line in shown)


def test_procfile_app_installs_nothing(bed):
    (bed.folder / "Procfile").write_text("web: ./app\n")
    assert "nothing was installed" in bed.install(bed.folder)
