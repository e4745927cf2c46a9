"""The JSON document keeps its schema, whatever it holds."""

from __future__ import annotations

import io
import json
from pathlib import Path

import jsonschema
import pytest

import grader.exporters
from grader.exporters.json_document import JsonExporter, document
from tests.unit.exporters import reports

SCHEMA = json.loads(
    Path(grader.exporters.__file__).with_name("report.schema.json").read_text(encoding="utf-8")
)


def test_the_schema_is_one() -> None:
    """The schema itself is valid."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", reports.ALL)
def test_document_follows_the_schema(name: str) -> None:
    """Every kind of run."""
    jsonschema.validate(document(reports.ALL[name]()), SCHEMA, jsonschema.Draft202012Validator)


@pytest.mark.parametrize("name", reports.ALL)
def test_text_is_ascii_and_reads_back(name: str) -> None:
    """No reader's encoding matters."""
    file = io.StringIO()
    JsonExporter(file).export(reports.ALL[name]())
    assert file.getvalue().isascii()
    assert json.loads(file.getvalue()) == document(reports.ALL[name]())


def test_document_says_what_the_report_says() -> None:
    """One document, field by field where it is not a copy."""
    made = document(reports.mixed())
    assert made["started"] == "2031-04-05T06:07:08Z"
    assert made["exercises"] == ["phase1"]
    assert made["outcome"] == "error"
    assert made["lines"][0]["stars"] == {"earned": 1, "of": 2}
    assert [line["ticked"] for line in made["lines"]] == ["new", "lost", "no", "no"]
    assert made["checks"][4]["actual"].startswith('200 {"id": 7')
    assert made["regressions"][0]["id"] == "phase0.start.answers"


def test_a_problem_names_its_exercise() -> None:
    """The first problem stands for the run."""
    made = document(reports.problem())["problem"]
    assert (made["exercise"], made["stage"]) == ("phase1", "start")
