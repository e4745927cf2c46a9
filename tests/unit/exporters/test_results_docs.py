"""docs/results.md says what the schema and the board say; GRADE_RECORD=1 writes its tables anew."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import grader.exporters
from grader.exporters.words import MARKS, TICKS

DOCS = Path(__file__).parents[3] / "docs" / "results.md"
SCHEMA = json.loads(
    Path(grader.exporters.__file__).with_name("report.schema.json").read_text(encoding="utf-8")
)
START, END = "<!-- fields: these tables are written from the schema by its test -->\n", "<!-- /fields -->"


def kind(field: dict[str, object]) -> str:
    """A field's type in a word."""
    if "$ref" in field:
        name = str(field["$ref"]).rpartition("/")[2]
        return {"text": "string", "seconds": "number"}.get(name, name)
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if field.get("type") == "array":
        return f"list of {kind(field['items'])}s"
    if "oneOf" in field:
        return " or ".join(kind(option) for option in field["oneOf"])
    return f"`{field['const']}`" if "const" in field else str(field["type"])


def table(fields: dict[str, dict[str, object]], prefix: str = "") -> list[str]:
    """One row for each field, with those of an object below it."""
    rows = []
    for name, field in fields.items():
        rows.append(f"| `{prefix}{name}` | {kind(field)} | {field['description']} |")
        rows += table(field.get("properties", {}), f"{prefix}{name}.")
    return rows


def tables() -> str:
    """The tables of the document and of what it holds."""
    named = {"The document": SCHEMA["properties"]}
    named |= {f"A {name}": SCHEMA["$defs"][name]["properties"] for name in ("problem", "line", "check")}
    head = ["| field | type | it holds |", "|---|---|---|"]
    parts = ("\n".join(["", f"{title}:", "", *head, *table(fields), ""]) for title, fields in named.items())
    return "".join(parts) + "\n"


def test_field_tables_follow_the_schema() -> None:
    """Each field, its type and its sentence."""
    text = DOCS.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    wanted = before + START + tables() + END + after
    if os.environ.get("GRADE_RECORD"):
        DOCS.write_text(wanted, encoding="utf-8", newline="\n")
        text = wanted
    assert text == wanted


def test_marks_and_ticks_are_the_board_s() -> None:
    """The words of the page are the words of the board."""
    text = DOCS.read_text(encoding="utf-8")
    assert re.findall(r"^\| `(.)` \| (\w+) ", text, re.MULTILINE) == [
        (mark, o.value) for o, mark in MARKS.items()
    ]
    rows = dict(re.findall(r"^\| ([\w ,]*)\| `(\w+)` \|", text, re.MULTILINE))
    assert {words.strip(): tick for words, tick in rows.items()} == {
        words: tick.value for tick, words in TICKS.items()
    }
