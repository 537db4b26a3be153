"""Statements of the switch."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from jisi.ledger.outbox import OUTBOX_ROWS, Outgoing, outbox_columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregation:
    """A decision to aggregate."""

    uid: UUID
    decision: dict[str, Any]


async def begin_aggregations(
    connection: psycopg.AsyncConnection[Any], aggregations: Sequence[Aggregation], events: Sequence[Outgoing]
) -> set[UUID]:
    """Enter decisions and hand the queries to the aggregator; a query is decided once, the rest is left out."""
    aggregations = sorted(aggregations, key=lambda one: one.uid)
    cursor = await connection.execute(
        f"""
        with i as (
            select * from unnest(%(uid)b::uuid[], %(decision)b::jsonb[]) as i(uid, decision)
        ), moved as (
            update query q set state = 'aggregating', decided_at = now(), touched_at = now()
            from i where q.uid = i.uid and q.state = 'switching' returning q.uid
        ), decided as (
            insert into decision (query_uid, document) select uid, decision from i join moved using (uid)
            on conflict do nothing
        ), told as (
            insert into outbox (id, topic, key, payload, traceparent)
            select r.id, r.topic, r.key, r.payload, r.traceparent
            from ({OUTBOX_ROWS}) r join moved on moved.uid = r.query_uid
        )
        select uid from moved
        """,
        {
            "uid": [one.uid for one in aggregations],
            "decision": [json.dumps(one.decision) for one in aggregations],
            **outbox_columns(events),
        },
    )
    return {row[0] for row in await cursor.fetchall()}
