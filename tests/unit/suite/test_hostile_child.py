"""However a child ends or misbehaves: no check passes by it, nothing is left, and it ends in time."""

from __future__ import annotations

import os
import time

import psutil
import pytest

from grader.kit import wait
from grader.model.outcome import Outcome
from grader.suite import runner
from tests.fakes import Suite, target

CHANNEL = """
def report(*phases):
    passed = '{"event":"phase","id":"fake.line.c","when":"%s","outcome":"passed","seconds":0,"failure":null}'
    for when in phases:
        channel().sendall((passed % when).encode() + b"\\n")

def channel():
    import gc, socket
    return next(each for each in gc.get_objects() if isinstance(each, socket.socket) and each.family == socket.AF_UNIX)
"""

FATAL = {
    "leaves-with-zero": ("os._exit(0)", "in the middle"),
    "leaves-with-seven": ("os._exit(7)", "code 7"),
    "exits-pytest": ("pytest.exit('done', returncode=0)", "1 of 3 checks reported|0 of 3|2 of 3"),
    "interrupts": ("raise KeyboardInterrupt", "of 3 checks reported|code 2"),
    "segfaults": ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    "is-killed": ("os.kill(os.getpid(), 9)", "SIGKILL"),
    "says-garbage": ("channel().sendall(b'garbage\\n')", "'garbage' is no message"),
    "says-binary": ("channel().sendall(bytes(range(256)) + b'\\n')", "no message"),
    "says-deep-json": ("channel().sendall(b'[' * 100_000 + b'\\n')", "no message"),
    "says-endless-line": ("[channel().sendall(b'x' * 65536) for _ in range(100)]", "does not end|code"),
    "says-unknown-event": ("channel().sendall(b'{\"event\": \"hack\"}\\n')", "known kind"),
    "says-unknown-check": ("channel().sendall(b'{\"event\": \"started\", \"id\": \"x\"}\\n')", "not to run"),
    "says-end-early": ("channel().sendall(b'{\"event\": \"end\", \"count\": 3, \"events\": 5}\\n')", "after its end|arrived"),
    "reports-itself": ("report('setup', 'call', 'teardown')", "out of order"),
    "closes-the-channel": ("channel().shutdown(2)", "ended with code|in the middle"),
    "forks-and-leaves": ("os.fork() and os._exit(0); time.sleep(30)", "in the middle"),
}  # fmt: skip


@pytest.mark.parametrize("name", FATAL)
def test_no_check_passes_in_a_stream_that_is_not_whole(suite: Suite, name: str) -> None:
    """Whatever the middle check does, the run ends soon, says why, and proves nothing."""
    act, words = FATAL[name]
    suite.write(f"{CHANNEL}\ndef test_a(): pass\ndef test_b():\n    {act}\ndef test_c(): pass")
    began = time.monotonic()
    done = suite.run(seconds=5, grace=5)
    assert time.monotonic() - began < 25
    assert any(word in done.complaint for word in words.split("|")), done.complaint
    assert [result.outcome for result in done.results] == [Outcome.ERROR] * 3
    assert not _alive(suite)


def test_child_that_never_speaks_is_given_up(suite: Suite) -> None:
    """Silence beyond the longest check and its grace ends the child."""
    path = suite.write("def test_a(): pass")
    path.write_text("import time\ntime.sleep(60)\n" + path.read_text())
    done = suite.run(seconds=0.5, grace=2)
    assert done.complaint == "the suite said nothing for 2.5 s"
    assert not _alive(suite)


def test_what_a_check_started_ends_with_the_suite(suite: Suite) -> None:
    """A process that a check leaves behind neither holds the run nor outlives it."""
    suite.write(
        "import subprocess\ndef test_a(): subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])"
    )
    began = time.monotonic()
    assert suite.outcomes() == {"a": "pass"}
    assert time.monotonic() - began < 20
    assert not _alive(suite)


def test_thread_that_hangs_does_not_hold_the_run(suite: Suite) -> None:
    """A call that never returns ends its check, not the others, and not the run's end."""
    suite.write("""
        def test_a(): together([lambda: time.sleep(60), lambda: None])
        def test_b(): pass
    """)
    began = time.monotonic()
    assert suite.outcomes(seconds=1) == {"a": "error", "b": "pass"}
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def test_a(): pass\npytest.skip('all', allow_module_level=True)", "missing: fake.line.a"),
        ("def test_a(): pass\nimport nowhere", "missing: fake.line.a"),
        ("def test_a(): pass\nos._exit(0)", "before it knew its checks"),
        ("def test_a(): pass\nif True: del test_a", "missing: fake.line.a"),
    ],
)
def test_missing_check_is_our_error(suite: Suite, source: str, words: str) -> None:
    """A check that was to run and was not collected proves nothing, nor do the others."""
    suite.write("def test_z(): pass", line="other")
    suite.write(source)
    done = suite.run()
    assert words in done.complaint
    assert {result.outcome for result in done.results} == {Outcome.ERROR}


def test_missing_file_is_our_error(suite: Suite) -> None:
    """A file of the plan that is gone proves nothing."""
    suite.write("def test_a(): pass").unlink()
    done = suite.run()
    assert "the suite's process ended with code 4" in done.complaint
    assert "not found" in done.output
    assert [result.outcome for result in done.results] == [Outcome.ERROR]


def test_unexpected_checks_do_not_run(suite: Suite) -> None:
    """Only the plan's checks run, whatever else the file holds."""
    path = suite.write("def test_a(): pass")
    path.write_text(
        path.read_text()
        + "\ndef test_b(): raise UnmetError('no')\nclass TestC:\n    def test_d(self): 1 / 0\n"
    )
    assert suite.outcomes() == {"a": "pass"}


@pytest.mark.parametrize(
    "more",
    [
        "class TestB:\n    def test_a(self): pass",
        "@pytest.mark.parametrize('x', [1, 2])\ndef test_a(x): pass",
    ],
)
def test_two_checks_of_one_name_are_none(suite: Suite, more: str) -> None:
    """Where it is not clear which check was meant, none passes."""
    path = suite.write("def test_a(): pass")
    path.write_text(path.read_text() + "\n" + more + "\n")
    done = suite.run()
    assert "not the expected one" in done.complaint
    assert [result.outcome for result in done.results] == [Outcome.ERROR]


@pytest.mark.parametrize("power", ["state", "stop"])
def test_interrupt_leaves_no_process(suite: Suite, power: str) -> None:
    """Ctrl-C goes through, and the child and what it started are gone."""
    suite.write("""
        import subprocess
        def test_a(): subprocess.Popen(['sleep', '60'])
        def test_b(service): service.stop()
    """)

    def answer(asked: str, args: dict[str, object]) -> dict[str, object]:
        if asked == power:
            raise KeyboardInterrupt
        return {"running": True}

    with pytest.raises(KeyboardInterrupt):
        runner.run(suite.plan(on=target(powers=("stop",))), answer, suite.events.append)
    assert not _alive(suite)


def _alive(suite: Suite) -> list[str]:
    """Return the commands that still run in the suite's folder; a killed process takes a moment to go."""
    return wait.for_value(lambda: _commands(suite), lambda found: not found, within=5)


def _commands(suite: Suite) -> list[str]:
    stand = str(suite.root / "stand")
    found = []
    for process in psutil.process_iter(["pid"]):
        try:
            if (
                process.pid != os.getpid()
                and process.cwd() == stand
                and process.status() != psutil.STATUS_ZOMBIE
            ):
                found.append(str(process.cmdline()))
        except psutil.Error:
            continue
    return found
