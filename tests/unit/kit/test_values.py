"""JSON from a service: bounded, strict, and read with expectations."""

from __future__ import annotations

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.kit import JsonObject, UnmetError, values

UNREADABLE = {
    "deep-array": (b"[" * 200_000, "nested too deeply"),
    "deep-object": (b'{"a":' * 200_000, "nested too deeply"),
    "65-levels": (b"[" * 65 + b"]" * 65, "64 levels"),
    "long-integer": (b"1" * 5000, "5000 digits"),
    "nan": (b"[NaN]", "NaN is no JSON number"),
    "infinity": (b"-Infinity", "-Infinity is no JSON number"),
    "overflow": (b"[1e999]", "1e999 is too large"),
    "overflow-below": (b"[-1e999]", "-1e999 is too large"),
    "duplicate": (b'{"a": 1, "a": 2}', "`a` is there twice"),
    "empty": (b"", "empty"),
    "blank": (b" \n", "empty"),
    "html": (b"<html>no</html>", "'<html>no</html>'"),
    "bom": (b"\xef\xbb\xbf{}", "BOM"),
    "two": (b"{}{}", "Extra data"),
    "control": (b'"\x00"', "control character"),
    "python": (b"{'a': None}", "{'a': None}"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_json_that_is_none_is_named(name: str) -> None:
    """Each way of not being JSON has its words."""
    body, words = UNREADABLE[name]
    with pytest.raises(UnmetError, match="not valid JSON") as caught:
        values.parse(body)
    assert words in caught.value.actual


def test_duplicate_among_a_million_members_is_found_quickly() -> None:
    """Finding the culprit takes about as long as parsing does."""
    names = [f'"{number}":0' for number in range(200_000)]
    began = time.monotonic()
    values.parse(("{" + ",".join(names) + "}").encode())
    parsing = time.monotonic() - began
    began = time.monotonic()
    with pytest.raises(UnmetError, match="JSON"):
        values.parse(("{" + ",".join([*names, names[-1]]) + "}").encode())
    assert time.monotonic() - began < 20 * parsing + 1


def test_lone_surrogate_can_be_shown_and_sent() -> None:
    """Half a character is data: it survives our own JSON."""
    value = values.parse(rb'{"a": "\ud800"}')
    assert json.loads(json.dumps(value)) == {"a": "\ud800"}
    assert values.dump(value)


def test_many_levels_and_members_within_the_bounds_are_read() -> None:
    """The bounds are far from what an honest service sends."""
    assert values.parse(b"[" * 64 + b"]" * 64)
    assert len(values.parse(b"[" + b"0," * 100_000 + b"0]")) == 100_001


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_json_comes_back_as_it_was(value: object) -> None:
    """What is JSON is read as what it says."""
    assert values.parse(json.dumps(value).encode()) == value


@given(st.binary(max_size=60))
def test_any_body_is_json_or_a_failure(body: bytes) -> None:
    """No body makes reading raise anything but its own failure."""
    with suppress(UnmetError):
        values.parse(body)


def test_missing_member_is_a_failure_that_names_the_others() -> None:
    """A typo of the service is easier to see beside what is there."""
    with pytest.raises(UnmetError, match="no member `id`") as caught:
        JsonObject(ID=1)["id"]
    assert caught.value.actual == "the members ID"


@pytest.mark.parametrize(
    ("read", "value"),
    [("text", 1), ("integer", True), ("integer", 1.0), ("identity", ""), ("identity", False), ("object", []), ("objects", [1]), ("objects", {}), ("identities", [None])],
)  # fmt: skip
def test_member_of_the_wrong_type_is_a_failure(read: str, value: object) -> None:
    """The typed readers say what they wanted and show what came."""
    with pytest.raises(UnmetError, match="wrong type") as caught:
        getattr(JsonObject(a=value), read)("a")
    assert caught.value.actual == f"`a` is {json.dumps(value)}"


def test_dump_never_raises() -> None:
    """Whatever a check compares can be shown."""
    loop: list[object] = []
    loop.append(loop)
    for value in [{("a", 1): 2}, {1, 2}, loop, b"\xff", float("nan"), object()]:
        assert values.dump(value)
