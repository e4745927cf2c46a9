"""Takes out of a transcript what changes from run to run and machine to machine."""

from __future__ import annotations

import re

_RULES = (
    # Whether something has to be fetched or installed first depends on the caches.
    (re.compile(r"^[▸✓] (installing|fetching|unpacking|preparing a template)[^\n]*\n", re.MULTILINE), ""),
    # Ids and times decide where the rows of a long body break.
    (
        re.compile(r'^( {12}│ )\{"id":"[^"\n]*","projectId":[^\n]*(?:\n {12}│ [^\n]*)+', re.MULTILINE),
        r"\1<body>",
    ),
    (re.compile(r"\x1b\[[0-9;?]*[A-Za-z]"), ""),
    (re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*|eyJ[\w.-]*\.\.\. \(\d+ more characters\)"), "<jwt>"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"), "<time>"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:<port>"),
    (re.compile(r"(?:/[\w.@+-]+)*/backend-roadmap-grader[\w-]*(?:/[\w.@+-]+)*"), "<path>"),
    # Where Node was inside itself, and how wide a path left its row.
    (re.compile(r"^│  │ +at [^\n]*node:internal/[^\n]*\n", re.MULTILINE), ""),
    (re.compile(r"Node\.js v[\d.]+"), "Node.js <version>"),
    (re.compile(r"(<path>[^\n]*?|<version>) +│$", re.MULTILINE), r"\1 │"),
    (re.compile(r"\bpid \d+"), "pid <n>"),
    (re.compile(r'"(durationMs|pid|duration)":[\d.]+'), r'"\1":<n>'),
    (re.compile(r"\b(\d+ min )?\d+(\.\d+)? (ms|s|min)\b"), "<seconds>"),
    (re.compile(r"\b(port|not on) \d{4,5}\b"), r"\1 <port>"),
    (re.compile(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"), "<date>"),
    # Paths and times decide where the rows of a log break.
    (re.compile(r"^(  your log  )│.*(?:\n {12}│.*)*", re.MULTILINE), r"\1│ <log>"),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
)


def normalise(text: str) -> str:
    """Return the text with times, ports, ids and paths replaced by what they are."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
