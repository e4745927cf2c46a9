"""Two learners' whole way through the phases, by the commands they type, with the real suites.

One does all that the briefs ask for, the other only what a tick takes. Both walk at the same time, each in a copy
of the repository as it was delivered.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from grader.content import mutants, pristine
from grader.content.catalog import Catalog
from grader.content.snapshot import MARKER
from tests import commands
from tests.commands import ROOT

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from concurrent.futures import Future

    from grader.model.exercise import Exercise

PHASES = ("phase1", "phase2", "phase3")
EVERYTHING, CORE_ONLY = "everything", "core-only"
SECONDS = 600.0
"""The longest that one command may take."""

NPM = re.compile(r"npm install ((?:\S+@\S+ ?)+)")


@dataclass
class Learner:
    """Somebody in a copy of the repository, who does `what` of each phase."""

    what: str
    root: Path

    @property
    def catalog(self) -> Catalog:
        """The copy, read afresh."""
        return Catalog(self.root)

    @property
    def progress(self) -> str:
        return (self.root / "progress.md").read_bytes().decode()

    def app(self, phase: str) -> Path:
        return self.catalog.starter(self.catalog.outline(phase))

    def types(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `grade` to its end."""
        return commands.run("grade", *arguments, root=self.root, seconds=SECONDS, NO_COLOR="1", TERM="dumb")

    def grades(self, phase: str) -> tuple[int, dict[str, Any], str]:
        """Return the exit code of grading one phase, the report, and what people read."""
        done = self.types(phase, "--runtime", "process", "--json", "-")
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout), done.stderr

    def works(self, phase: str, scratch: Path) -> None:
        """Do the phase, merging and removing what the start laid beside."""
        app = self.app(phase)
        for left in app.rglob(f"*.{phase}"):
            left.unlink()
        shutil.copytree(self._work(self.catalog.exercise(phase), scratch), app, dirs_exist_ok=True)
        if self.what == CORE_ONLY:
            add_script(app / "package.json", "lint", "node --check src/server.js")

    def _work(self, exercise: Exercise, scratch: Path) -> Path:
        """Return files to lay over the learner's: the layer of the phase, or the whole app of the core."""
        if self.what == EVERYTHING:
            return self.catalog.solution(exercise)
        (variant,) = (one for one in mutants.variants(exercise) if one.name == CORE_ONLY)
        mutants.materialise_variant(self.catalog, exercise, variant, scratch / exercise.id)
        return scratch / exercise.id


@pytest.fixture(scope="module")
def walks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[None]]]:
    """Both walks, begun at once: most of a suite's time is waiting."""
    with ThreadPoolExecutor() as pool:
        yield {
            what: pool.submit(walk, Learner(what, tmp_path_factory.mktemp(what) / "repository"))
            for what in (EVERYTHING, CORE_ONLY)
        }


@pytest.mark.process
@pytest.mark.timeout(2 * SECONDS)
@pytest.mark.parametrize("what", [EVERYTHING, CORE_ONLY])
def test_walk_from_phase_to_phase_ticks_every_line(walks: dict[str, Future[None]], what: str) -> None:
    """Started, red; done, ticked; what was ticked before stays, and no other byte of progress.md changes."""
    walks[what].result()


def walk(learner: Learner) -> None:
    """Do one phase after the other."""
    deliver(learner.root)
    for below, phase in zip((None, *PHASES), PHASES, strict=False):
        if below:
            start(learner, below, phase)
            grade_untouched(learner, phase)
        learner.works(phase, learner.root.parent)
        grade_done(learner, phase)


def start(learner: Learner, below: str, phase: str) -> None:
    """Nothing of the learner's is lost or changed, and what is left to do is told."""
    before, ticks = files(learner.app(below)), learner.progress
    done = learner.types("start", phase)

    assert done.returncode == 0, done.stderr
    assert learner.progress == ticks
    assert files(learner.app(below)) == before
    after, told = files(learner.app(phase)), told_files(done.stdout)
    changed = {path for path in before if after.get(path) != before[path]}
    assert changed == told["replaced"] & before.keys()
    assert_as_delivered(learner, below, {path: before[path] for path in changed})
    assert after.keys() - before.keys() - {MARKER} == told["added"] | told["laid beside yours"]
    for path in told["laid beside yours"]:
        assert re.search(rf"to do: .*\b{re.escape(path)}\b", done.stdout, re.IGNORECASE), (path, done.stdout)
    assert_dependencies_advised(learner, phase, done.stdout)
    assert "Not ticked yet" not in done.stdout
    assert f"then grade {phase}" in done.stdout


def grade_untouched(learner: Learner, phase: str) -> None:
    """A phase that is only started is red, of what worked before nothing is, and no tick moves."""
    ticks = learner.progress
    code, document, _ = learner.grades(phase)

    assert code == 1, document
    assert "pass" not in {line["outcome"] for line in document["lines"]}, document
    assert {line["ticked"] for line in document["lines"]} == {"no"}, document
    assert learner.progress == ticks
    if learner.what == CORE_ONLY and phase == "phase3":
        # A package.json of the learner's own has no `worker` yet, and the grader says what to do about it.
        assert 'add it to package.json: "scripts": { "worker"' in document["problem"]["remedy"]
    else:
        assert_gates_pass(learner, phase, document)


def grade_done(learner: Learner, phase: str) -> None:
    """Every line of the phase is ticked, and nothing else of progress.md changes."""
    before = learner.progress
    exercise = learner.catalog.exercise(phase)
    code, document, told = learner.grades(phase)

    found = [f"{one['id']} {one['outcome']}: {one['reason']}" for one in document["checks"]]
    assert code == 0, "\n".join(line for line in found if " pass" not in line) or document
    ids = [line.id for line in exercise.lines]
    lines = {line["id"]: (line["outcome"], line["ticked"]) for line in document["lines"]}
    assert lines == dict.fromkeys(ids, ("pass", "new"))
    assert_gates_pass(learner, phase, document)
    assert learner.progress == ticked(before, ids)
    assert f"Ticked in progress.md: {', '.join(ids)}" in " ".join(told.split())
    above = PHASES[PHASES.index(phase) + 1 :][:1]
    assert [f"grade start {one}" in told for one in above] == [True] * len(above)
    stars = {line["id"]: line["stars"] for line in document["lines"] if line["stars"]["of"]}
    full = [id_ for id_, star in stars.items() if star["earned"] == star["of"]]
    assert stars
    assert full == (list(stars) if learner.what == EVERYTHING else []), stars


def assert_gates_pass(learner: Learner, phase: str, document: dict[str, Any]) -> None:
    """What the phases below need still works, and the report says so of each check."""
    gates = learner.catalog.gates(learner.catalog.exercise(phase))
    assert {one["id"]: one["outcome"] for one in document["regressions"]} == {
        check.id: "pass" for check in gates
    }


def deliver(root: Path) -> None:
    """Write what somebody clones: also where this clone is a learner's, with ticks and work in it."""
    ignore = shutil.ignore_patterns("node_modules", "__pycache__")
    for name in ("phases", "solutions", f"starters/{pristine.FOLDER}"):
        shutil.copytree(ROOT / name, root / name, ignore=ignore)
    catalog = Catalog(root)
    for exercise in catalog.outlines():
        pristine.unpack(pristine.path_of(catalog, exercise), catalog.starter(exercise))
    progress = (ROOT / "progress.md").read_bytes().replace(b"- [x]", b"- [ ]")
    (root / "progress.md").write_bytes(progress)


def ticked(progress: str, ids: list[str]) -> str:
    """Return the roadmap with these lines ticked, each of which has to be open."""
    for id_ in ids:
        progress, count = re.subn(rf"(?m)^- \[ \](.*<!-- {re.escape(id_)} -->)$", r"- [x]\1", progress)
        assert count == 1, id_
    return progress


def files(folder: Path) -> dict[str, bytes]:
    """Return the files of an app with what is in them."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def told_files(text: str) -> dict[str, set[str]]:
    """Return the paths that `start` named, by what it did with them."""
    verbs = ("added", "replaced", "laid beside yours")
    return {verb: set(re.findall(rf"(?m)^  {verb}: (.+)$", text)) for verb in verbs}


def assert_as_delivered(learner: Learner, below: str, replaced: dict[str, bytes]) -> None:
    """What was replaced nobody had touched."""
    exercise = learner.catalog.outline(below)
    stubs = [delivered(learner, item) for item in learner.catalog.chain(exercise)]
    for path, content in replaced.items():
        assert content in [stub.get(path) for stub in stubs], path


def delivered(learner: Learner, exercise: Exercise) -> dict[str, bytes]:
    """Return the files of a starter as they were delivered."""
    with tempfile.TemporaryDirectory() as folder:
        pristine.unpack(pristine.path_of(learner.catalog, exercise), Path(folder))
        return files(Path(folder))


def assert_dependencies_advised(learner: Learner, phase: str, told: str) -> None:
    """Whoever changed their package.json is told of each package they need, and nobody else is."""
    needed = set(dependencies(learner.catalog.solution(learner.catalog.outline(phase))))
    missing = needed - set(dependencies(learner.app(phase)))
    advised = {word.rpartition("@")[0] for line in NPM.findall(told) for word in line.split()}
    assert advised == missing
    assert bool(missing) == (learner.what == CORE_ONLY)


def dependencies(app: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads((app / "package.json").read_text())["dependencies"]
    return found


def add_script(package: Path, name: str, command: str) -> None:
    """Add a script to a package.json, as people do; it is no longer as delivered then."""
    content = json.loads(package.read_text())
    content["scripts"][name] = command
    package.write_text(json.dumps(content, indent=2) + "\n")
