"""Who a query is."""

from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from jisi.contracts.identity import RecordOrigin, query_key

ORIGIN = RecordOrigin(
    topic="jisi.queries.v1", partition=3, offset=7, timestamp_ms=1_790_000_000_000, value=b'{"query":"x"}'
)


def test_derived_id_is_fixed() -> None:
    """The id derived of a record is the same for ever: a redelivery years later is the same query."""
    assert ORIGIN.derived_id() == "d1999769-fe85-58e9-88d1-34d92b471b28"


def test_derived_id_tells_records_apart() -> None:
    """Each thing that tells a record tells its id: a topic made anew cannot collide."""
    others = [
        replace(ORIGIN, topic="other"),
        replace(ORIGIN, partition=4),
        replace(ORIGIN, offset=8),
        replace(ORIGIN, timestamp_ms=1),
        replace(ORIGIN, value=b"{}"),
    ]

    assert len({origin.derived_id() for origin in (ORIGIN, *others)}) == 6


def test_query_key_is_fixed() -> None:
    """The key of a query is the same for ever."""
    assert query_key("acme", "1") == UUID("63a992a2-0d0e-5b7b-8e18-995b04440fa7")


@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_query_keys_tell_tenants_apart(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Two queries have the same key only if tenant and id are the same; neither can hold the NUL between them."""
    if "\0" in "".join((*one, *other)):
        return
    try:
        keys = query_key(*one), query_key(*other)
    except UnicodeEncodeError:
        return

    assert (keys[0] == keys[1]) == (one == other)
