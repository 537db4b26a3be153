"""Pruning removes old queries whole, and none that a record still in Kafka could name."""

from datetime import timedelta
from uuid import UUID

import pytest
from jisi.database import metadata
from jisi.ledger import tables
from jisi.ledger.pruning import KEPT, prune_queries
from jisi.messaging.topics import RETENTION_MS

from tests.integration.ledger.conftest import Ledger

FILL = (
    (
        "insert into plan (query_uid, bank_version, pool_version, settings, ranking, document)"
        " values (%(q)s, 1, 1, '{}', '[]', '')"
    ),
    "insert into decision (query_uid, document) values (%(q)s, '{}')",
    "insert into timer (query_uid, kind, wave, run_after) values (%(q)s, 'deadline', 0, now())",
    (
        "insert into expert_response (query_uid, model, wave, usable, cut_off, text, reference_tokens)"
        " values (%(q)s, 'ada', 1, true, false, '', 1)"
    ),
    "insert into llm_call (query_uid, kind, model, attempt, wave, status) values (%(q)s, 'expert', 'ada', 1, 1, 'ok')",
    "insert into answer (query_uid, status, body) values (%(q)s, 'completed', '')",
)


async def aged_query(ledger: Ledger, age: timedelta, *, state: str = "answered") -> UUID:
    """Put a query of this age in, with a row in every table."""
    uid = await ledger.query(wave=["ada"])
    await ledger.tasks(uid, "ada")
    for statement in FILL:
        await ledger.rows(statement.replace("%(q)s", "%s"), uid)
    await ledger.rows("update query set state = %s, accepted_at = now() - %s where uid = %s", state, age, uid)
    return uid


def tables_of_queries() -> list[str]:
    """Give all tables with a row of a query, by what the code declares."""
    assert tables.query.metadata is metadata
    return [name for name, table in metadata.tables.items() if "query_uid" in table.columns]


async def test_old_queries_go_with_all_their_rows(ledger: Ledger) -> None:
    """Nothing of them remains in any table, and nothing of the younger ones is missing."""
    await aged_query(ledger, KEPT + timedelta(minutes=1))
    young = await aged_query(ledger, KEPT - timedelta(minutes=1))

    assert await prune_queries(ledger.engine) == 1
    assert await ledger.rows("select uid from query") == [(young,)]
    for table in tables_of_queries():
        owners = await ledger.rows(f"select distinct query_uid from {table}")
        assert owners == ([] if table == "standing" else [(young,)]), table


async def test_a_query_without_an_answer_is_kept(ledger: Ledger) -> None:
    """However old it is: it is still to be answered."""
    await aged_query(ledger, KEPT * 2, state="aggregating")

    assert await prune_queries(ledger.engine) == 0


async def test_the_window_of_redelivery_cannot_be_pruned(ledger: Ledger) -> None:
    """What the topic still holds must be recognised: a shorter time is refused."""
    assert timedelta(milliseconds=RETENTION_MS) < KEPT
    with pytest.raises(ValueError, match="must be kept"):
        await prune_queries(ledger.engine, kept=timedelta(milliseconds=RETENTION_MS - 1))
