"""A service that answers as no service should: each check fails in a sentence, soon, and steers nothing."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from tests.e2e.trial import CONTROL
from tests.hostile_http import answers, drips, floods, resets, says, serving, silent

if TYPE_CHECKING:
    from tests.e2e.trial import Trial
    from tests.hostile_http import Behaviour, Visit

JSON = "Content-Type: application/json"
OK = f"HTTP/1.1 200 OK\r\n{JSON}\r\n".encode()
STEER = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\n::error::owned\r\n## [x](javascript:1) <script>"

ANSWERS: dict[str, tuple[Behaviour, str]] = {
    "endless": (floods(OK + b"\r\n", b'"' + b"a" * 65535), "4 MiB"),
    "dripped": (drips(OK + b"\r\n", b" "), "bytes by then"),
    "silent": (silent, "nothing by then"),
    "gzip-bomb": (answers(gzip.compress(b"0" * 50_000_000), JSON, "Content-Encoding: gzip"), "gzip"),
    "latin-1": (answers('{"a": "é"}'.encode("latin-1"), JSON), "UTF-8"),
    "escapes": (answers(STEER.encode(), JSON), "\\x1b"),
    "escapes-in-json": (answers(b'{"a": "\\u001b[2J"}', JSON), "\\x1b"),
    "escapes-in-head": (says(b"HTTP/1.1 200 \x1b[2J\r\nX-\x1b[2J: \x9b\r\n\r\n"), "\\x1b"),
    "ten-megabytes": (answers(b'"' + b"a" * 10_000_000 + b'"', JSON), "4 MiB"),
    "torn": (answers(b'{"a": [1, 2', JSON), "JSON"),
    "deep": (answers(b"[" * 100_000, JSON), "JSON"),
    "redirect": (answers(b"", "Location: http://localhost:9/x", status="302 Found"), "302"),
    "too-short": (says(OK + b"Content-Length: 100\r\n\r\n{}"), "before the body was complete"),
    "too-long": (says(OK + b"Content-Length: 2\r\n\r\n{}more"), "bytes more"),
    "no-http": (says(b"SSH-2.0-OpenSSH_9.2\r\n"), "SSH-2.0"),
    "nothing": (says(b""), "before any answer"),
    "reset": (resets, "reset"),
}

CHECK = '''

def test_{function}(client):
    """The service answers {name}."""
    answer = client.get("/{name}", deadline=1)
    expect.status(answer, 200, "GET /{name} answers.")
    expect.equal(answer.object()["a"], "good", "a is good.")
'''


def behave(visit: Visit) -> None:
    """Answer each path as its name says, any other with 200."""
    head = visit.read_head()
    visit.read_head = lambda: head  # type: ignore[method-assign]
    name = head.split(b" ")[1].decode().strip("/")
    ANSWERS.get(name, (answers(b""), ""))[0](visit)


@pytest.fixture
def graded(trial: Trial) -> Trial:
    """The trial with a check for each way to answer."""
    checks = (CHECK.format(function=name.replace("-", "_"), name=name) for name in ANSWERS)
    path = trial.root / "phases/phase1-trial/test_hello.py"
    path.write_text("from grader.kit import expect\n" + "".join(checks))
    return trial


def test_hostile_answers_fail_their_checks_in_words(graded: Trial) -> None:
    """Never *error*; what came is shown, made printable, in every place where it is told."""
    summary = graded.root / "summary.md"
    with serving(behave) as server:
        done = graded.grade("phase1.hello", "--url", server.url, "--json", "-", "--markdown", str(summary))
    checks = {check["id"].removeprefix("phase1.hello."): check for check in done.document["checks"]}

    assert (done.code, done.document["outcome"]) == (1, "fail")
    assert {name for name in ANSWERS if checks[name]["outcome"] != "fail"} == set()
    told = {name: f"{check['reason']} {check['actual']}" for name, check in checks.items()}
    assert {name: told[name] for name, (_, words) in ANSWERS.items() if words not in told[name]} == {}
    for text in (done.out, done.err, summary.read_text(), *_texts(done.document)):
        assert CONTROL.findall(text) == []
        assert "\u202e" not in text
    assert "<script>" not in summary.read_text()


def _texts(value: object) -> list[str]:
    """Return every text of a document as its reader gets it."""
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []


BEFORE: dict[str, Behaviour] = {
    "endless 1xx": floods(b"", (b"HTTP/1.1 100 Go\r\nX-A: " + b"a" * 1000 + b"\r\n\r\n") * 50),
    "an endless head": floods(OK, b"X-A: b\r\n" * 100),
}


@pytest.mark.parametrize("name", BEFORE)
def test_endless_first_answer_does_not_hold_the_run(trial: Trial, name: str) -> None:
    """Also the question whether anything is there at all is bounded."""
    with serving(BEFORE[name]) as server:
        done = trial.grade("phase1.hello.greets", "--url", server.url, "--json", "-")

    assert done.code == 1
    assert [check["outcome"] for check in done.document["checks"]] == ["fail"]


def test_first_answer_that_is_no_http_is_printable(trial: Trial) -> None:
    """What speaks something else is shown, and steers nothing."""
    with serving(says(b"\x1b[2J\x00\xff\r\n")) as server:
        done = trial.grade("phase1", "--url", server.url, "--json", "-")

    assert (done.code, done.problem["stage"]) == (1, "start")
    assert "\\x1b[2J" in done.problem["message"]
    assert CONTROL.findall(done.out + done.err) == []


@pytest.mark.process
def test_hostile_output_of_an_app_steers_nothing(trial: Trial) -> None:
    """What the app prints stands beside the failed check, and in the diagnosis of one that dies."""
    speaks = f"process.stdout.write({STEER!r} + request.url + '\\n');\n  response.statusCode"
    server = (trial.starter / "server.js").read_text()
    trial.write("server.js", server.replace("response.statusCode", speaks.replace("\\x9b", "\\u009b"), 1))
    summary = trial.root / "summary.md"
    failed = trial.process("phase1", "--markdown", str(summary))
    trial.write("server.js", f"process.stderr.write({STEER!r}); process.exit(3);")
    died = trial.process()

    assert (failed.code, died.code, died.problem["stage"]) == (1, 1, "start")
    assert "## [x](javascript:1)" in failed.document["checks"][1]["log"]
    assert "## [x](javascript:1)" in died.problem["log"]
    for text in (failed.out, failed.err, died.out, died.err, summary.read_text()):
        assert CONTROL.findall(text) == []
        assert "\u202e" not in text
    assert "\n::error" not in failed.out + failed.err + died.out + died.err
