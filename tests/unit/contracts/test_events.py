"""Internal events: ids only, and nothing else is taken for one."""

from contextlib import suppress
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jisi.contracts.events import (
    AggregationV1,
    CandidatesV1,
    Event,
    GenerationV1,
    MalformedEventError,
    ResponseV1,
    parse_event,
)

QUERY = UUID("3b1f8c1e-0000-4000-8000-000000000000")
EVENTS = [
    GenerationV1(query=QUERY, model="able", wave=1),
    ResponseV1(query=QUERY, model="able", wave=1),
    ResponseV1(query=QUERY, wave=2),
    CandidatesV1(query=QUERY),
    AggregationV1(query=QUERY),
]


@pytest.mark.parametrize("event", EVENTS, ids=repr)
def test_round_trip(event: Event) -> None:
    """What one service writes the next one reads."""
    assert parse_event(type(event), event.encode().encode()) == event


@pytest.mark.parametrize("contract", [GenerationV1, ResponseV1, CandidatesV1, AggregationV1])
@given(value=st.binary(max_size=100) | st.none())
def test_hostile_bytes(contract: type[Event], value: bytes | None) -> None:
    """Whatever bytes come, the outcome is an event or a MalformedEventError."""
    with suppress(MalformedEventError):
        parse_event(contract, value)


def test_wrong_field() -> None:
    """The wrong field is named."""
    with pytest.raises(MalformedEventError, match="GenerationV1: wave"):
        parse_event(GenerationV1, b'{"query": "3b1f8c1e-0000-4000-8000-000000000000", "model": "able", "wave": "x"}')
