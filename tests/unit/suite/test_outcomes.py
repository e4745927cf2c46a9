"""What a check may do, and what it comes to: one child runs many of them."""

from __future__ import annotations

from grader.model.events import CheckEnded, ChecksCollected, CheckStarted
from grader.model.problem import Blame, stopped
from tests.fakes import Answers, Suite, target
from tests.hostile_http import answers, serving

EVERYTHING = """
def test_passes(client):
    expect.status(client.get("/"), 200, "It answers.")

def test_is_unmet(client):
    expect.status(client.get("/"), 201, "It creates.")

def test_misses_a_member(client):
    client.get("/").object()["id"]

def test_asserts():
    assert 1 == 2

def test_has_a_bug():
    None["x"]

def test_skips():
    pytest.skip("no")

def test_fails_by_pytest():
    pytest.fail("no")

@pytest.mark.xfail(strict=False)
def test_is_expected_to_fail():
    raise UnmetError("no")

@pytest.mark.xfail(strict=False)
def test_passes_unexpectedly():
    pass

def test_xfails():
    pytest.xfail("no")

def test_leaves():
    sys.exit(0)

def test_recurses():
    def f(): f()
    f()

def test_prints_megabytes():
    for _ in range(100):
        print("x" * 100_000)
        os.write(2, b"y" * 10_000)

def test_is_unmet_in_a_thread():
    def no(): raise UnmetError("no")
    together([no, lambda: None])

@pytest.fixture
def unmet_after():
    yield
    raise UnmetError("not cleaned up")

def test_is_unmet_in_teardown(unmet_after):
    pass

@pytest.fixture
def bug_after():
    yield
    1 / 0

def test_has_a_bug_in_teardown(bug_after):
    pass

@pytest.fixture
def unmet_before():
    raise UnmetError("cannot begin")

def test_is_unmet_in_setup(unmet_before):
    pass

def test_wants_a_missing_fixture(nowhere):
    pass

def test_is_blocked():
    raise BlockedError("no Docker")

def test_needs_a_power():
    pass

def test_comes_after_a_pass():
    pass

def test_comes_after_a_failure():
    pass

def test_comes_after_a_block():
    pass

def test_hangs_in_time():
    time.sleep(30)

def test_comes_last(draw):
    assert draw.email()
"""

COMES_TO = {
    "passes": "pass",
    "is-unmet": "fail",
    "misses-a-member": "fail",
    "asserts": "error",
    "has-a-bug": "error",
    "skips": "error",
    "fails-by-pytest": "error",
    "is-expected-to-fail": "fail",
    "passes-unexpectedly": "error",
    "xfails": "error",
    "leaves": "error",
    "recurses": "error",
    "prints-megabytes": "pass",
    "is-unmet-in-a-thread": "fail",
    "is-unmet-in-teardown": "fail",
    "has-a-bug-in-teardown": "error",
    "is-unmet-in-setup": "fail",
    "wants-a-missing-fixture": "error",
    "is-blocked": "blocked",
    "needs-a-power": "blocked",
    "comes-after-a-pass": "pass",
    "comes-after-a-failure": "blocked",
    "comes-after-a-block": "blocked",
    "hangs-in-time": "error",
    "comes-last": "pass",
}


def test_each_check_comes_to_its_own_outcome(suite: Suite) -> None:
    """Pass, fail, blocked and error are told apart, and no check disturbs the next."""
    suite.write(
        EVERYTHING,
        needs={"test_needs_a_power": ("restart",)},
        after={
            "test_comes_after_a_pass": ("fake.line.passes",),
            "test_comes_after_a_failure": ("fake.line.is-unmet",),
            "test_comes_after_a_block": ("fake.line.comes-after-a-failure",),
        },
    )
    with serving(answers(b'{"name": "x"}')) as server:
        done = suite.run(on=target(server.url), seconds=2)
    results = {result.id.removeprefix("fake.line."): result for result in done.results}
    assert {name: str(result.outcome) for name, result in results.items()} == COMES_TO
    assert (done.complaint, done.output) == ("", "")
    assert results["is-unmet"].evidence.actual == 'status 200, body {"name": "x"}'
    assert results["is-unmet"].evidence.curl == f"curl -i {server.url}/"
    assert results["misses-a-member"].evidence.transcript.startswith("GET http://127.0.0.1")
    assert results["comes-after-a-failure"].blocked_by == "fake.line.is-unmet"
    assert "`restart`" in results["needs-a-power"].reason
    assert "Timeout" in results["hangs-in-time"].reason
    assert "test_line.py" in results["has-a-bug"].evidence.actual


def test_events_follow_the_checks_in_their_order(suite: Suite) -> None:
    """Each check is announced when it begins and when it came out."""
    suite.write("def test_b(): pass\ndef test_a(): raise UnmetError('no')")
    done = suite.run()
    first, *others = suite.events
    assert isinstance(first, ChecksCollected)
    assert [type(event) for event in others] == [CheckStarted, CheckEnded] * 2
    assert [event.result for event in others if isinstance(event, CheckEnded)] == list(done.results)


def test_shared_failure_fails_once_and_blocks_the_rest(suite: Suite) -> None:
    """The first check that uses a broken ground fails; the others are blocked by it, or by its own block."""
    suite.share("""
        @pytest.fixture(scope="session")
        def ground(): raise UnmetError("no login")

        @pytest.fixture(scope="session")
        def missing(): raise BlockedError("no Docker")

        @pytest.fixture(scope="session")
        def broken(): 1 / 0
    """)
    suite.write("def test_a(ground): pass\ndef test_b(ground): pass\ndef test_c(ground): pass")
    suite.write("def test_d(missing): pass\ndef test_e(missing): pass", line="other")
    suite.write("def test_f(broken): pass\ndef test_g(broken): pass\ndef test_h(): pass", line="third")
    done = suite.run()
    assert [str(result.outcome) for result in done.results] == [
        *["fail", "blocked", "blocked"],
        *["blocked", "blocked"],
        *["error", "error", "pass"],
    ]
    assert [result.blocked_by for result in done.results[:5]] == [None, *["fake.line.a"] * 2, None, None]
    assert done.results[4].reason == "no Docker"


def test_relying_on_turns_a_repeated_failure_into_a_block(suite: Suite) -> None:
    """What an earlier check proved broken is not told again; what it proved sound is."""
    suite.write("""
        def test_a(): raise UnmetError("no login")
        def test_b(relying_on):
            with relying_on("fake.line.a"): raise UnmetError("no login")
        def test_c(): pass
        def test_d(relying_on):
            with relying_on("fake.line.c"): raise UnmetError("flaky")
    """)
    assert suite.outcomes() == {"a": "fail", "b": "blocked", "c": "pass", "d": "fail"}


def test_check_is_blocked_by_one_of_another_file(suite: Suite) -> None:
    """`@after` reaches across files, in the plan's order."""
    suite.write("def test_a(): raise UnmetError('no')", line="zeta")
    suite.write("def test_b(): pass", line="alpha", after={"test_b": ("fake.zeta.a",)})
    assert suite.outcomes() == {"a": "fail", "b": "blocked"}


def test_stacked_exercises_share_names_and_vocabulary(suite: Suite) -> None:
    """Files of the same name in two exercises are two; the later exercise sees the earlier's fixtures."""
    suite.share("@pytest.fixture\ndef base(): return 1", exercise="one")
    suite.share("@pytest.fixture\ndef top(base): return base + 1", exercise="two")
    suite.write("def test_a(base): expect.equal(base, 1, 'One.')", exercise="one")
    suite.write("def test_a(top): expect.equal(top, 2, 'Two.')", exercise="two")
    assert [str(result.outcome) for result in suite.run().results] == ["pass", "pass"]


def test_service_that_exits_fails_one_check_and_blocks_the_rest(suite: Suite) -> None:
    """The crash is told once, with the exit code and the last lines."""
    suite.write("def test_a(): pass\ndef test_b(): pass\ndef test_c(): pass\ndef test_d(): pass")
    done = suite.run(answers=Answers(exits_after=2))
    assert [str(result.outcome) for result in done.results] == ["pass", "fail", "blocked", "blocked"]
    assert "exited with code 3" in done.results[1].reason
    assert done.results[1].evidence.log == "last words"
    assert {result.blocked_by for result in done.results[2:]} == {"fake.line.b"}


def test_end_of_another_process_is_told_as_its_own(suite: Suite) -> None:
    """The check that noticed it fails for it and names the process, and the rest is blocked by it."""
    suite.write("def test_a(): pass\ndef test_b(): pass")
    state = {"running": False, "exit_code": 1, "tail": "last words", "process": "worker"}
    first, second = suite.run(answers=Answers({"state": state})).results
    assert (str(first.outcome), first.ended, first.evidence.log) == ("fail", "worker", "last words")
    assert "`worker` exited with code 1" in first.reason
    assert (second.blocked_by, second.ended) == (first.id, "")
    assert "`worker` exited with code 1" in second.reason


def test_waiting_in_vain_is_told_as_such(suite: Suite) -> None:
    """Of checks that failed, the grader knows which gave up waiting for what no request answers."""
    suite.write("""
        def test_a(): expect.that(wait.for_value(lambda: 0, bool, 0.01), "It comes.")
        def test_b(): expect.that(wait.for_value(lambda: 1, bool, 0.01) > 1, "It is more.")
        def test_c(): expect.that(False, "No.")
    """)
    assert [result.evidence.waited for result in suite.run().results] == [True, False, False]


POWERS = """
    def test_a(service): service.stop()
    def test_b(service): service.run_script("x")
    def test_c(service): service.another()
    def test_d(service): expect.equal(service.setting("NAME"), "value", "Known.")
    def test_e(service): service.setting("OTHER")
    def test_f(service): service.kill()
    def test_g(service): service.admin_url("postgres")
    def test_h(service): service.restart()
"""


def test_powers_that_fail_are_judged_by_who_is_to_blame(suite: Suite) -> None:
    """The learner's problem is a failure, ours an error, a missing power a block."""
    suite.write(POWERS)
    replies = {
        "stop": stopped(Blame.LEARNER, "stop", "It does not stop.", "Handle SIGTERM."),
        "run_script": stopped(Blame.OURS, "run", "No engine."),
        "instance": RuntimeError("bug"),
        "restart": {"id": object()},
    }
    on = target(powers=("stop", "run_script", "instance", "restart"))
    done = suite.run(on=on, answers=Answers(replies))
    assert [str(result.outcome) for result in done.results] == [
        *["fail", "error", "error", "pass"],
        *["blocked", "blocked", "blocked", "error"],
    ]
    assert done.results[0].evidence.expected == "Handle SIGTERM."


def test_unknown_state_of_the_service_is_our_error(suite: Suite) -> None:
    """Where the runtime cannot say whether the app lives, the check is no pass, and the rest goes on."""
    suite.write("def test_a(): pass\ndef test_b(): raise UnmetError('no')")
    done = suite.run(answers=Answers({"state": RuntimeError("engine gone")}))
    assert [str(result.outcome) for result in done.results] == ["error", "fail"]
    assert "engine gone" in done.results[0].reason
    assert done.complaint == ""


def test_late_reply_to_a_check_that_timed_out_is_not_taken_for_another(suite: Suite) -> None:
    """A power that outlasts its check leaves the channel in order."""
    suite.write("def test_a(service): service.stop()\ndef test_b(service): service.run_script('x')")
    slow = Slow({"stop": {"exit_code": 0, "seconds": 0.1}, "run_script": {"exit_code": 0, "output": "right"}})
    done = suite.run(on=target(powers=("stop", "run_script")), answers=slow, seconds=1)
    assert [str(result.outcome) for result in done.results] == ["error", "pass"]


class Slow(Answers):
    """Takes its time for `stop`."""

    def __call__(self, power: str, args: dict[str, object]) -> dict[str, object]:
        """Answer one request, `stop` late."""
        import time  # noqa: PLC0415

        if power == "stop":
            time.sleep(1.5)
        return super().__call__(power, args)
