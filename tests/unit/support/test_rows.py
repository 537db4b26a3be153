"""From lines to rows and back."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.support.lines import BankLine, check_content, parse_line
from jisi.support.rows import RecordRow, StoredItem, extra_of, line_of, record_of

BASE: dict[str, Any] = {"query": "q", "dataset": "d", "index": 0, "split": "train", "records": {}}


def line(**fields: object) -> BankLine:
    """Make a line with these fields beside the required ones."""
    return check_content({**BASE, **fields})


def through_rows(given: BankLine) -> dict[str, Any]:
    """Take a line to rows, through JSON where a column holds JSON, and back."""
    extra, gt = json.loads(json.dumps([extra_of(given), given.content.get("gt")]))
    records = {model: row for model in given.models if (row := record_of(given, model)) is not None}
    item = StoredItem(
        dataset=given.key.dataset,
        index=given.key.index,
        split=given.key.split,
        query=given.query,
        gt=gt,
        extra=extra,
        keys=list(given.content),
    )
    return line_of(item, records, given.responses)


def test_columns_alone_hold_a_usual_line() -> None:
    """A float score and three figures of usage need no copy of what the line said."""
    usual = line(records={"a": 1.0}, usages={"a": {"prompt_tokens": 5, "completion_tokens": 7, "cost": 0.5}})

    row = record_of(usual, "a")

    assert row == RecordRow(score=1.0, tokens=7, prompt_tokens=5, cost=0.5, source=None)


@pytest.mark.parametrize(
    ("fields", "score", "tokens"),
    [
        ({"records": {"a": True}}, 1.0, None),
        ({"records": {"a": False}}, 0.0, None),
        ({"records": {"a": 1}}, 1.0, None),
        ({"records": {"a": None}}, None, None),
        ({"usages": {"a": {"completion_tokens": 12.0}}}, None, 12),
        ({"usages": {"a": None}}, None, None),
        ({"usages": {"a": {"cost": 0, "cached_tokens": 3}}}, None, None),
    ],
)
def test_what_columns_cannot_say_is_kept_beside_them(
    fields: dict[str, Any], score: float | None, tokens: int | None
) -> None:
    """The router reads numbers; the export says again what the line said."""
    row = record_of(line(**fields), "a")

    assert row is not None
    assert row.source is not None
    assert (row.score, row.tokens) == (score, tokens)
    assert through_rows(line(**fields)) == {**BASE, **fields}


def test_a_model_with_a_response_alone_has_no_record() -> None:
    """Nothing is recorded where nothing was said."""
    assert record_of(line(raw_output={"a": "text"}), "a") is None


def test_keys_keep_their_order_and_absence() -> None:
    """An export differs from its import in nothing, not even in the order of keys."""
    content = {"note": None, "gt": None, **BASE, "raw_output": None, "more": {"deep": [1, 1.0, True]}}

    assert json.dumps(through_rows(check_content(content))) == json.dumps(content)


def test_a_record_added_later_gets_the_key_its_line_lacked() -> None:
    """A model's usage recorded after the import is not lost for want of a place."""
    item = StoredItem(dataset="d", index=0, split="train", query="q", gt=None, extra=None, keys=list(BASE))
    row = RecordRow(score=0.5, tokens=1, prompt_tokens=2, cost=0.0, source=None)

    made = line_of(item, {"a": row}, {"a": "text"})

    assert made["usages"] == {"a": {"prompt_tokens": 2, "completion_tokens": 1, "cost": 0.0}}
    assert made["raw_output"] == {"a": "text"}


MODELS = st.sampled_from(["a", "b", "c"])
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text("aé"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xy", min_size=1), inner, max_size=3),
    max_leaves=6,
)
SCORES = st.none() | st.booleans() | st.integers(0, 1) | st.floats(0, 1)
TOKENS = st.none() | st.integers(0, 2**31 - 1) | st.integers(0, 99).map(float)
USAGES = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "prompt_tokens": TOKENS,
        "completion_tokens": TOKENS,
        "cost": st.none() | st.integers(0, 9) | st.floats(0, 9),
        "other": JSON_VALUES,
    },
)
LINES = st.fixed_dictionaries(
    {**{name: st.just(BASE[name]) for name in BASE}, "records": st.dictionaries(MODELS, SCORES)},
    optional={
        "usages": st.none() | st.dictionaries(MODELS, USAGES),
        "raw_output": st.none() | st.dictionaries(MODELS, st.none() | st.text("a ")),
        "gt": JSON_VALUES,
        "source": JSON_VALUES,
    },
)


@given(LINES)
def test_nothing_is_lost(content: dict[str, Any]) -> None:
    """Whatever a line may hold comes back, types, nulls and absent keys included."""
    parsed = parse_line(json.dumps(content).encode())

    def canonical(value: object) -> str:
        return json.dumps(value, sort_keys=True)

    assert canonical(through_rows(parsed)) == canonical(content)
