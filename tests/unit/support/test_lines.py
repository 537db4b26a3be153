"""Reading and checking a line of a bank file."""

import json
from typing import Any

import pytest
from jisi.support.lines import ItemKey, LineError, parse_line

GOOD: dict[str, Any] = {
    "query": "2+2?",
    "dataset": "sums",
    "index": 3,
    "split": "train",
    "records": {"a": 1.0, "b": True, "c": None},
    "usages": {"a": {"prompt_tokens": 5, "completion_tokens": 1, "cost": 0.001}},
    "raw_output": {"a": "4", "b": "five"},
    "gt": "4",
}


def bad(**changes: object) -> bytes:
    """Give the good line with some fields changed; ... leaves a field out."""
    return json.dumps({name: value for name, value in {**GOOD, **changes}.items() if value is not ...}).encode()


def test_a_good_line() -> None:
    """All fields are there, and every model that any of them names."""
    line = parse_line(json.dumps(GOOD).encode())

    assert line.key == ItemKey("sums", 3, "train")
    assert line.query == "2+2?"
    assert line.models == ["a", "b", "c"]
    assert line.content == GOOD


def test_the_digest_tells_content_not_order() -> None:
    """Reordered keys are the same line; another value, or another type of it, is not."""
    line = parse_line(bad())

    assert parse_line(json.dumps(dict(reversed(GOOD.items()))).encode()).digest() == line.digest()
    assert parse_line(bad(gt="5")).digest() != line.digest()
    assert parse_line(bad(records={"a": 1, "b": True, "c": None})).digest() != line.digest()


@pytest.mark.parametrize("absent", ["usages", "raw_output", "gt"])
def test_optional_fields(absent: str) -> None:
    """A bank of scores alone is a bank; so is one with a null there."""
    assert parse_line(bad(**{absent: ...})).models == ["a", "b", "c"]
    assert parse_line(bad(**{absent: None})).models == ["a", "b", "c"]


def test_a_byte_order_mark_is_no_content() -> None:
    """Editors on some systems put one at the start of a file."""
    assert parse_line(b"\xef\xbb\xbf" + bad()).content == GOOD


@pytest.mark.parametrize(
    ("raw", "field", "problem"),
    [
        (b"{", "", "is no JSON object: .* at column 2"),
        (b"[1]", "", "must be one JSON object"),
        (b"\xff\xfe{}", "", "is not UTF-8 at byte 0"),
        (b"[" * 100_000, "", "nested too deeply"),
        (b'{"index": ' + b"9" * 5_000 + b"}", "", "thousands of digits"),
        (b'{"index": 1e999}', "", "beyond what a number can hold"),
        (b'{"index": NaN}', "", "NaN is no JSON; write null"),
        (b'{"query": "a", "query": "b"}', "query", "comes twice"),
        (bad(query=...), "query", "is missing"),
        (bad(query=" \n"), "query", "text that is not empty"),
        (bad(query=4), "query", "not 4"),
        (bad(dataset=""), "dataset", "text that is not empty"),
        (bad(dataset="d" * 501), "dataset", "at most 500 characters"),
        (bad(index="3"), "index", 'an integer, not "3"'),
        (bad(index=True), "index", "an integer, not true"),
        (bad(index=2**63), "index", "an integer"),
        (bad(split="dev"), "split", '"train" or "test", not "dev"'),
        (bad(records=...), "records", "is missing"),
        (bad(records=None), "records", "must be an object"),
        (bad(records={"a": 1.01}), "records.a", "from 0 to 1, true, false or null, not 1.01"),
        (bad(records={"a": -0.1}), "records.a", "not -0.1"),
        (bad(records={"a": "1"}), "records.a", 'not "1"'),
        (bad(records={"": 1}), "records", "named by a text that is not empty"),
        (bad(usages=[]), "usages", "must be an object"),
        (bad(usages={"a": 3}), "usages.a", "prompt_tokens, completion_tokens and cost"),
        (bad(usages={"a": {"completion_tokens": 1.5}}), "usages.a.completion_tokens", "whole number of tokens"),
        (bad(usages={"a": {"prompt_tokens": -1}}), "usages.a.prompt_tokens", "whole number of tokens"),
        (bad(usages={"a": {"completion_tokens": 2**31}}), "usages.a.completion_tokens", "whole number of tokens"),
        (bad(usages={"a": {"cost": -1}}), "usages.a.cost", "USD"),
        (bad(usages={"a": {"cost": True}}), "usages.a.cost", "USD"),
        (bad(usages={"a": {"cost": 10**400}}), "usages.a.cost", "USD"),
        (bad(raw_output={"a": 4}), "raw_output.a", "must be a text or null"),
        (bad(raw_output={"a": "4\0"}), "raw_output.a", "NUL character"),
        (bad(gt={"x": ["\0"]}), "gt.x[0]", "NUL character"),
        (bad(gt={"\0": 1}), "a name in gt", "NUL character"),
        (bad(query="half \ud83e"), "query", r"half of a surrogate pair \(\\ud83e\)"),
    ],
)
def test_a_bad_line_names_field_and_problem(raw: bytes, field: str, problem: str) -> None:
    """Whatever is wrong, the error says where and what."""
    with pytest.raises(LineError, match=problem) as caught:
        parse_line(raw)

    assert caught.value.field == field


def test_a_whole_surrogate_pair_is_a_character() -> None:
    """An escaped character beyond the basic plane is no half of anything."""
    assert parse_line(bad(query="whole \U0001f9ee")).query == "whole \U0001f9ee"


def test_a_long_value_is_quoted_in_part() -> None:
    """An error stays readable."""
    with pytest.raises(LineError) as caught:
        parse_line(bad(split="x" * 10_000))

    assert len(str(caught.value)) < 200
