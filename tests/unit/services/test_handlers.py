"""Who is told of a record of the queries topic that could not be worked."""

from typing import Any

import pytest
from jisi.contracts.query import CancelV1, MalformedQueryError, QueryV1
from jisi.messaging.records import Record

from services.router.handlers import QueriesHandler
from services.router.service import IdConflictError


class RememberingRoute:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    async def refuse(self, _record: Record, _error: Exception) -> None:
        """Remember."""
        self.told.append("refused")

    async def give_up(self, _record: Record, contract: QueryV1, reason: str) -> None:
        """Remember."""
        self.told.append(f"given up {contract.query_id}: {reason}")


def record(value: bytes) -> Record:
    """Make a record."""
    return Record(topic="t", partition=0, offset=0, timestamp_ms=0, key=None, value=value, headers=())


@pytest.mark.parametrize(
    ("value", "error", "told"),
    [
        (b"{", MalformedQueryError("no"), ["refused"]),
        (b'{"query": "?", "query_id": "x"}', IdConflictError("taken"), []),
        (
            b'{"query": "?", "query_id": "x"}',
            ZeroDivisionError("bug"),
            ["given up x: the query could not be worked: ZeroDivisionError"],
        ),
        (b'{"cancel": "x"}', ZeroDivisionError("bug"), []),
    ],
)
async def test_who_is_told(value: bytes, error: Exception, told: list[str]) -> None:
    """A malformed one is refused, a bug of ours fails the query, a conflict leaves the first answer alone."""
    route: Any = RememberingRoute()
    await QueriesHandler(route).given_up(record(value), error)

    assert route.told == told


def test_a_cancellation_must_name_an_id_that_can_be_stored() -> None:
    """What Postgres cannot hold names no query."""
    handler = QueriesHandler(RememberingRoute())  # type: ignore[arg-type] # not asked for anything here
    with pytest.raises(MalformedQueryError, match="cancel"):
        handler.decode(record(b'{"cancel": "\\u0000"}'))

    assert handler.decode(record(b'{"cancel": "x"}')) == CancelV1(cancel="x")
