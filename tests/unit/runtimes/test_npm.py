"""What a failed `npm ci` is called, and what of its output is shown."""

from __future__ import annotations

from grader.model.problem import Blame
from grader.runtimes.npm import install_failed

OUT_OF_STEP = "\n".join(
    [
        "npm error code EUSAGE",
        "npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync.",
        "npm error Missing: left-pad@1.3.0 from lock file",
        "npm error Usage:",
        *(f"npm error [--option-{n}]" for n in range(40)),
    ]
)


def test_reason_is_shown_and_not_the_page_on_options():
    problem = install_failed(OUT_OF_STEP, 600, timed_out=False).problem
    assert problem.blame is Blame.LEARNER
    assert problem.log.endswith("Missing: left-pad@1.3.0 from lock file")


def test_install_that_takes_too_long_names_the_limit():
    problem = install_failed("", 600, timed_out=True).problem
    assert (problem.blame, "600 s" in problem.message) == (Blame.LEARNER, True)


def test_registry_out_of_reach_is_nobodys_fault():
    problem = install_failed("npm error code ENOTFOUND", 600, timed_out=False).problem
    assert problem.blame is Blame.MISSING


def test_other_failures_show_the_end():
    problem = install_failed("\n".join(map(str, range(100))), 600, timed_out=False).problem
    assert problem.blame is Blame.LEARNER
    assert problem.log.splitlines() == [str(n) for n in range(70, 100)]
