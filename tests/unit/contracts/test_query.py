"""What is read from the queries topic, where anybody may write anything."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.contracts.metadata import DEEPEST_METADATA, LARGEST_METADATA_BYTES, LONGEST_TENANT, tenant_of
from jisi.contracts.query import (
    LONGEST_ID,
    CancelV1,
    MalformedQueryError,
    QueryV1,
    UnsupportedQueryError,
    parse_query,
)

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [*QueryV1.model_fields, "cancel", "tools", "n"]


def _parse(body: Any) -> QueryV1 | CancelV1:
    return parse_query(json.dumps(body).encode())


def _query(body: Any) -> QueryV1:
    query = _parse(body)
    assert isinstance(query, QueryV1)
    return query


@given(st.binary(max_size=200) | st.none())
def test_hostile_bytes(value: bytes | None) -> None:
    """Whatever bytes come, the outcome is a message or a MalformedQueryError, so that no record blocks a partition."""
    with suppress(MalformedQueryError):
        parse_query(value)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JSON_VALUES)))
def test_hostile_fields(body: dict[str, Any]) -> None:
    """Whatever the fields hold, the outcome is a message or a MalformedQueryError with an id that can be stored."""
    try:
        message = _parse(body)
    except MalformedQueryError as error:
        for text in (error.query_id, error.tenant):
            assert text is None or (len(text.encode()) >= 0 and "\0" not in text)
    else:
        assert message.tenant.encode() is not None
        if isinstance(message, QueryV1):
            assert message.text.strip()
            assert "\0" not in message.text
            assert message.text.encode() is not None
            assert len(message.body_hash()) == 32


@pytest.mark.parametrize("value", [b"[" * 100_000, b'{"query":' * 50_000], ids=["lists", "objects"])
def test_bombs(value: bytes) -> None:
    """Nesting and numbers beyond all measure are malformed, as anything else is."""
    with pytest.raises(MalformedQueryError):
        parse_query(value)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "query"),
        ({"query": "x", "messages": [{"role": "user", "content": "x"}]}, "either"),
        ({"query": " \n"}, "empty"),
        ({"messages": [{"role": "system", "content": "x"}]}, "empty"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages.0.content"),
        ({"query": "x", "query_id": ""}, "query_id"),
        ({"query": "x", "query_id": "i" * (LONGEST_ID + 1)}, "query_id"),
        ({"query": "x", "query_id": "a\0b"}, "query_id"),
        ({"query": "x", "deadline_ms": 0}, "deadline_ms"),
        ({"query": "x", "max_cost_usd": -1}, "max_cost_usd"),
        ({"query": "x", "max_calls": 0}, "max_calls"),
        ({"query": "x", "mode": "both"}, "mode"),
        ({"query": "x", "models": []}, "models"),
        ({"query": "x", "version": 2}, "version"),
        ({"query": "x", "metadata": []}, "metadata"),
        ({"cancel": ""}, "cancel"),
        ([], "JSON object"),
        ("x", "JSON object"),
    ],
)
def test_malformed(body: Any, field: str) -> None:
    """What is wrong is named by its field."""
    with pytest.raises(MalformedQueryError, match=field):
        _parse(body)


@pytest.mark.parametrize(
    "body",
    [
        {"query": "x", "tools": [{}]},
        {"query": "x", "functions": [{}]},
        {"query": "x", "n": 2},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "u"}}]}]},
    ],
)
def test_unsupported(body: dict[str, Any]) -> None:
    """What is not built is refused as such, with the id and tenant its failed answer goes to."""
    with pytest.raises(UnsupportedQueryError, match="not supported yet") as refused:
        _parse({**body, "query_id": "mine", "metadata": {"tenant": "acme"}})

    assert (refused.value.query_id, refused.value.tenant) == ("mine", "acme")


def test_malformed_with_a_readable_id() -> None:
    """A malformed query tells its id, so that it can be answered."""
    with pytest.raises(MalformedQueryError) as refused:
        _parse({"query": 5, "query_id": "mine", "metadata": {"tenant": "acme"}})

    assert (refused.value.query_id, refused.value.tenant) == ("mine", "acme")


def nested(levels: int) -> dict[str, Any]:
    """Give metadata so many levels deep, in turns objects and lists."""
    value: Any = 1
    for level in range(levels - 1):
        value = [value] if level % 2 else {"a": value}
    return {"a": value}


@pytest.mark.parametrize(
    ("metadata", "wrong"),
    [
        ({"a": "x" * LARGEST_METADATA_BYTES}, r"metadata: \d+ bytes of JSON are more than the 65536"),
        ({"a": ["\u20ac" * 1000] * 22}, "65536"),
        (nested(DEEPEST_METADATA + 1), "metadata: nested more than 32 levels"),
        (nested(900), "metadata: nested more than 32 levels"),
    ],
    ids=["long", "in bytes", "deep", "very deep"],
)
def test_metadata_that_no_answer_can_give_back(metadata: dict[str, Any], wrong: str) -> None:
    """Metadata too large or too deep are malformed; the query is answered so, for its id can be read."""
    with pytest.raises(MalformedQueryError, match=wrong) as refused:
        _parse({"query": "x", "query_id": "mine", "metadata": metadata})
    assert refused.value.query_id == "mine"


def test_metadata_at_their_limits() -> None:
    """The largest and the deepest metadata are taken."""
    padding = LARGEST_METADATA_BYTES - len(json.dumps({"a": ""}))
    for metadata in ({"a": "x" * padding}, nested(DEEPEST_METADATA)):
        query = _query({"query": "x", "metadata": metadata})
        assert query.metadata == metadata
        assert QueryV1.model_validate_json(query.model_dump_json()) == query


@pytest.mark.parametrize("more", [{}, {"n": 2}, {"query": 5}])
def test_a_tenant_that_cannot_be_stored_has_no_ids(more: dict[str, Any]) -> None:
    """Nobody is answered under a tenant longer than any key may be."""
    with pytest.raises(MalformedQueryError) as refused:
        _parse({"query": "x", "query_id": "mine", "metadata": {"tenant": "t" * (LONGEST_TENANT + 1)}, **more})
    assert refused.value.query_id is None


def test_of_many_problems_some_are_told() -> None:
    """A query with a million faults does not make a reason of a hundred megabytes."""
    with pytest.raises(MalformedQueryError, match="and 99990 more") as refused:
        _parse({"messages": [{}] * 50_000})
    assert len(str(refused.value)) < 2_000


def test_openai_body() -> None:
    """A chat body as OpenAI's clients send it is a query: parts are joined, what is not known is left out."""
    query = _query(
        {
            "model": "anything",
            "temperature": 0.2,
            "n": 1,
            "tools": [],
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]},
                {"role": "assistant", "content": "?"},
                {"role": "user", "content": "three"},
            ],
        }
    )

    assert query.text == "one\ntwo\n\nthree"
    assert [turn.role for turn in query.chat] == ["system", "user", "assistant", "user"]


def test_body_hash() -> None:
    """The hash tells what is asked, not under which id nor in which of two forms."""
    plain = _query({"query": "x"})

    assert plain.body_hash() == _query({"query": "x", "query_id": "other"}).body_hash()
    assert plain.body_hash() == _query({"messages": [{"role": "user", "content": "x"}]}).body_hash()
    assert plain.body_hash() == _query({"query": "x", "deadline_ms": 600_000, "mode": "auto"}).body_hash()
    for other in ({"query": "y"}, {"query": "x", "mode": "route"}, {"query": "x", "metadata": {"tenant": "a"}}):
        assert plain.body_hash() != _query(other).body_hash()


def test_nul_is_replaced() -> None:
    """NUL in a text, which Postgres cannot hold, becomes the replacement character."""
    assert _query({"query": "a\0b"}).text == "a\ufffdb"


@pytest.mark.parametrize(
    ("metadata", "tenant"),
    [({"tenant": "a"}, "a"), ({}, ""), ({"tenant": 5}, ""), (None, ""), ({"tenant": "\0"}, "\ufffd")],
)
def test_tenant(metadata: object, tenant: str) -> None:
    """A tenant is a text that can be stored, empty where there is none."""
    assert tenant_of(metadata) == tenant


@pytest.mark.parametrize(
    "extra",
    [
        b'{"metadata": {"a": NaN}}',
        b'{"metadata": {"a": [1e999]}}',
        b'{"metadata": {"a\\u0000": 1}}',
        b'{"metadata": {"a": {"b": "\\u0000"}}}',
        b'{"metadata": {"a": "\\ud800"}}',
        b'{"models": ["a\\u0000"]}',
    ],
)
def test_what_is_accepted_can_be_stored(extra: bytes) -> None:
    """What is accepted survives Postgres and strict JSON: no NaN, no NUL, no half surrogate, wherever it stands."""
    try:
        query = parse_query(b'{"query": "x", ' + extra.removeprefix(b"{"))
    except MalformedQueryError:
        return
    assert isinstance(query, QueryV1)
    written = json.dumps([query.metadata, query.models], allow_nan=False)

    assert "\\u0000" not in written
    assert "\\ud800" not in written
