"""One diagnosis for each way an app does not come up, the most telling first."""

from __future__ import annotations

import pytest

from grader.model.problem import Blame
from grader.runtimes.diagnosis import Listening, StartFacts, not_started, script_failed

ELSEWHERE = (Listening(address="0.0.0.0", port=8080),)
LOOPBACK = (Listening(address="127.0.0.1", port=3000),)
RIGHT = (Listening(address="::", port=3000),)


def facts(**changes) -> StartFacts:
    return StartFacts(port=3000, port_variable="PORT", health="/healthz", seconds=20, memory=512, **changes)


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (facts(exit_code=1, tail="Error: boom"), "exited with code 1"),
        (facts(exit_code=0), "ended by itself with code 0"),
        (facts(exit_code=137, out_of_memory=True), "more than its 512 MiB"),
        (facts(exit_code=134, tail="FATAL ERROR: JavaScript heap out of memory"), "out of memory"),
        (facts(exit_code=1, tail="Error: STRIPE_KEY is required"), "STRIPE_KEY"),
        (facts(exit_code=1, tail="Error: EROFS: read-only file system, open 'a.log'"), "writes a.log"),
        (facts(replaced=4), "crash loop"),
        (facts(status=503, listening=RIGHT), "/healthz answered 503"),
        (facts(listening=ELSEWHERE), "wrong port: on 0.0.0.0:8080, not on 3000"),
        (facts(listening=LOOPBACK, remote=True), "listens only on 127.0.0.1:3000"),
        (facts(listening=LOOPBACK), "got no answer"),
        (facts(listening=RIGHT), "got no answer"),
        (facts(), "listened on no port"),
        (facts(tail="connect ECONNREFUSED db:1"), "no port within 20 s: it could not connect to db:1"),
        (facts(tail="connect ECONNREFUSED db:1", status=503, listening=RIGHT), "20 s: it could not connect"),
    ],
)
def test_an_app_that_does_not_come_up_is_diagnosed(seen, said):
    problem = not_started(seen)
    assert said in problem.message
    assert problem.remedy
    assert (problem.blame, problem.stage, problem.log) == (Blame.LEARNER, "start", seen.tail)


def test_what_cannot_be_reached_does_not_explain_a_wrong_port():
    problem = not_started(facts(tail="connect ECONNREFUSED db:1", listening=ELSEWHERE))
    assert "db:1" not in problem.message
    assert "process.env.PORT" in problem.remedy


def test_lines_that_come_again_and_again_are_told_once():
    tail = "\n".join(["first", *(f"{number} connect ECONNREFUSED db:1" for number in range(25))])
    problem = not_started(facts(tail=tail))
    assert problem.log == "first\n24 connect ECONNREFUSED db:1  (25 lines like this)"


@pytest.mark.parametrize(("code", "said"), [(4, "exited with code 4"), (None, "still running after 30 s")])
def test_a_failed_migration_is_named(code, said):
    problem = script_failed("db:migrate", code, 30, "no such table", {})
    assert "migration failed: `npm run db:migrate`" in problem.message
    assert said in problem.message
    assert (problem.blame, problem.stage, problem.log) == (Blame.LEARNER, "prepare", "no such table")
