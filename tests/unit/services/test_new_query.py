"""From a record of the queries topic to the row of a query."""

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from jisi.contracts.identity import RecordOrigin, query_key
from jisi.contracts.query import QueryV1, parse_query

from services.router.service import new_query

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def origin(
    offset: int = 0, value: bytes = b"v", moment: datetime = LONG_AGO, timestamp_ms: int | None = None
) -> RecordOrigin:
    """Give a place in the topic."""
    return RecordOrigin("t", 1, offset, timestamp_ms or int(moment.timestamp() * 1000), value)


def query(**fields: object) -> QueryV1:
    """Give a query."""
    parsed = parse_query(json.dumps({"query": "?", **fields}).encode())
    assert isinstance(parsed, QueryV1)
    return parsed


def test_the_deadline_counts_from_the_record() -> None:
    """However late it is read."""
    row = new_query(query(deadline_ms=2500), origin())

    assert row.received_at == LONG_AGO
    assert row.deadline_at == LONG_AGO + timedelta(milliseconds=2500)


@given(st.integers(-(2**63), 2**63 - 1))
def test_any_timestamp_gives_a_deadline(timestamp_ms: int) -> None:
    """A clock that is wrong neither breaks the batch nor makes the answer due after its time from now."""
    before = datetime.now(UTC)
    row = new_query(query(deadline_ms=1000), origin(timestamp_ms=timestamp_ms))

    assert row.received_at <= datetime.now(UTC)
    assert row.deadline_at <= datetime.now(UTC) + timedelta(seconds=1)
    if timestamp_ms < 0:
        assert row.received_at >= before


def test_an_id_that_was_not_given_is_that_of_the_record() -> None:
    """The same record gives the same id; another place, time or value another."""
    same = {new_query(query(), origin()).uid for _ in range(2)}
    others = {
        new_query(query(), origin(offset=1)).uid,
        new_query(query(), origin(value=b"w")).uid,
        new_query(query(), origin(timestamp_ms=7)).uid,
    }

    assert len(same) == 1
    assert len(same | others) == 4


def test_a_key_is_of_tenant_and_id() -> None:
    """Two tenants never meet, and no tenant can be spelt into another's ids."""
    mine = new_query(query(query_id="x", metadata={"tenant": "mine"}), origin())

    assert mine.uid == query_key("mine", "x")
    assert len({query_key("", "a"), query_key("a", ""), query_key("a", "b"), query_key("ab", "")}) == 4


def test_the_body_tells_a_repetition_from_a_conflict() -> None:
    """A text and the chat that means it are one body; whatever changes the answer makes another."""
    text, chat = query(), parse_query(b'{"messages": [{"role": "user", "content": "?"}]}')
    assert isinstance(chat, QueryV1)

    assert new_query(text, origin()).body_hash == new_query(chat, origin()).body_hash
    for changed in ({"mode": "route"}, {"max_calls": 3}, {"models": ["a"]}, {"metadata": {"a": 1}}, {"deadline_ms": 5}):
        assert new_query(query(**changed), origin()).body_hash != new_query(text, origin()).body_hash
