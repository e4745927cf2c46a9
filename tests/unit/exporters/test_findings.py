"""What a report comes down to."""

from __future__ import annotations

from dataclasses import replace

from grader.exporters.findings import findings
from grader.exporters.words import blockage, duration
from grader.model.outcome import Outcome, Tier
from tests.unit.exporters import reports

FOUND = findings(reports.mixed().exercises[0])


def test_core_failures_stand_by_line() -> None:
    """In the order in which they ran."""
    assert [(line.id, [check.id for check in checks]) for line, checks in FOUND.core] == [
        ("phase1.jwt", ["phase1.jwt.rejects-alg-none", "phase1.jwt.expires"])
    ]


def test_a_chain_of_blocked_checks_has_one_cause() -> None:
    """What waits for a waiting check waits for what failed."""
    first, second = FOUND.blocked
    assert (first.by.id, len(first.checks)) == ("phase1.jwt.expires", 2)
    assert (second.by, second.reason) == (None, "a running URL cannot be restarted")


def test_blocked_checks_that_wait_for_each_other_end() -> None:
    """A circle is content's mistake, not an endless loop."""
    one = reports.check("phase1.jwt.a", "A.", Outcome.BLOCKED, "r", blocked_by="phase1.jwt.b")
    two = reports.check("phase1.jwt.b", "B.", Outcome.BLOCKED, "r", blocked_by="phase1.jwt.a")
    (block,) = findings(reports.part(one, two)).blocked
    assert len(block.checks) == 2


def test_a_cause_outside_the_report_is_told_by_its_reason() -> None:
    """`blocked_by` may name what was not run."""
    lonely = reports.check("phase1.jwt.a", "A.", Outcome.BLOCKED, "no sign-up", blocked_by="phase1.jwt.gone")
    (block,) = findings(reports.part(lonely)).blocked
    assert blockage(block) == "1 check is blocked: no sign-up"


def test_stretch_and_errors_stand_apart() -> None:
    """Neither is a core failure."""
    assert [check.id for check in FOUND.stretch] == ["phase1.models.survives-a-restart"]
    assert [check.id for check in FOUND.errors] == ["phase1.crud.reads-back"]


def test_end_of_a_process_is_no_fault_of_the_check_that_noticed() -> None:
    """It is told once, as itself; what waits for it names the process, not the check."""
    found = findings(reports.worker_gone().exercises[0])
    assert [check.ended for check in found.ended] == ["worker"]
    assert (found.core, found.regressions) == ((), ())
    assert [blockage(block) for block in found.blocked] == [
        "4 checks are blocked, since the process `worker` is gone"
    ]


def test_check_asked_for_by_itself_is_told_in_full() -> None:
    """No line was graded then, and a star that was asked for is no afterthought."""
    core = reports.check("phase1.jwt.a", "A.", Outcome.FAIL, "r")
    star = replace(reports.check("phase1.jwt.b", "B.", Outcome.FAIL, "r"), tier=Tier.STRETCH)
    found = findings(replace(reports.part(core, star), lines=()))

    assert [(line.id, checks) for line, checks in found.core] == [("phase1.jwt", (core, star))]
    assert found.stretch == ()


def test_durations_read_naturally() -> None:
    """Seconds, then minutes."""
    assert [duration(0.04), duration(59.94), duration(125.4)] == ["0.0 s", "59.9 s", "2 min 05 s"]
