"""Attributes are encoded so that COPY into a jsonb column gives back what was put in."""

import json
import math

from hypothesis import given
from hypothesis import strategies as st
from jisi.telemetry.jsonb import copy_json, copy_text

ORDINARY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
ANY_TEXT = st.text(st.characters())
VALUES = st.one_of(ORDINARY_TEXT, st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False))


def unescaped(text: str) -> str:
    """Read a value as COPY's text format does, where backslashes escape."""
    given = iter(text)
    special = {"t": "\t", "n": "\n", "r": "\r"}
    return "".join(char if char != "\\" else special.get(after := next(given), after) for char in given)


@given(st.dictionaries(ORDINARY_TEXT, st.one_of(VALUES, st.lists(VALUES))))
def test_round_trip(attributes: dict[str, object]) -> None:
    """Every value of a span's attributes comes back equal."""
    assert json.loads(unescaped(copy_json(attributes))) == attributes


@given(st.dictionaries(ANY_TEXT, ANY_TEXT))
def test_what_jsonb_refuses_is_replaced(attributes: dict[str, str]) -> None:
    """No text of any caller or endpoint makes a row that Postgres refuses, and none breaks out of its field."""
    written = copy_json(attributes)
    actual = json.loads(unescaped(written))

    assert not set("\t\n\r\x00") & set(written)
    assert "\x00" not in "".join([*actual, *actual.values()])
    "".join([*actual, *actual.values()]).encode()


def test_numbers_json_cannot_hold_are_written_as_text() -> None:
    """Infinite and undefined numbers stay readable."""
    assert json.loads(copy_json({"a": math.inf, "b": [math.nan, 1.5], "c": None})) == {
        "a": "inf",
        "b": ["nan", 1.5],
        "c": None,
    }


def test_values_of_other_types_are_written_as_text() -> None:
    """A careless attribute does not cost the span, with or without another value that needs cleaning."""
    assert json.loads(copy_json({"a": {1}})) == {"a": "{1}"}
    assert json.loads(copy_json({"a": {1}, "b": math.nan})) == {"a": "{1}", "b": "nan"}


@given(ANY_TEXT)
def test_text_is_one_field(text: str) -> None:
    """A text comes back as it was, but for what Postgres cannot hold."""
    written = copy_text(text)

    assert not set("\t\n\r\x00") & set(written)
    assert unescaped(written) == text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
