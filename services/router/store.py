"""Statements of the router for queries that come in; each is one round trip for a whole batch."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
from jisi.ledger.outbox import OUTBOX_ROWS, Outgoing, outbox_columns
from psycopg.rows import class_row

from services.router.values import KnownQuery, NewQuery, PlannedQuery

Connection = psycopg.AsyncConnection[Any]

_QUERY_COLUMNS = (
    "uid, tenant, query_id, body_hash, chat, mode, metadata, max_calls, max_cost, received_at, deadline_at, traceparent"
)
_QUERY_ARRAYS = (
    "%(uid)b::uuid[], %(tenant)b::text[], %(query_id)b::text[], %(body_hash)b::bytea[], %(chat)b::jsonb[],"
    " %(mode)b::text[], %(metadata)b::jsonb[], %(max_calls)b::int[], %(max_cost)b::float8[],"
    " %(received_at)b::timestamptz[], %(deadline_at)b::timestamptz[], %(traceparent)b::text[]"
)


async def accept_queries(
    connection: Connection, planned: Sequence[PlannedQuery], events: Sequence[Outgoing]
) -> set[UUID]:
    """Enter queries with their plans, fan-ins, timers and events; gives those that were not known before.

    All of it or nothing: a query delivered again gives no row, so nothing follows from it.
    """
    planned = sorted(planned, key=lambda one: one.query.uid)
    cursor = await connection.execute(
        f"""
        with i as (
            select * from unnest({_QUERY_ARRAYS}, %(bank)b::bigint[], %(pool)b::bigint[], %(settings)b::jsonb[],
                                 %(ranking)b::jsonb[], %(document)b::bytea[], %(probes)b::jsonb[],
                                 %(closes_at)b::timestamptz[])
                as i({_QUERY_COLUMNS}, bank, pool, settings, ranking, document, probes, closes_at)
        ), accepted as (
            insert into query ({_QUERY_COLUMNS}, state) select {_QUERY_COLUMNS}, 'routing' from i
            on conflict do nothing returning uid
        ), plans as (
            insert into plan (query_uid, bank_version, pool_version, settings, ranking, document)
            select uid, bank, pool, settings, ranking, document from i join accepted using (uid)
        ), waves as (
            insert into fanin (query_uid, wave, models, expected, closes_at)
            select uid, 1, probes, jsonb_array_length(probes), closes_at from i join accepted using (uid)
        ), timers as (
            insert into timer (query_uid, kind, wave, run_after)
            select uid, t.kind, t.wave, t.run_after from i join accepted using (uid)
            cross join lateral (values ('wave', 1, i.closes_at), ('deadline', 0, i.deadline_at))
                as t(kind, wave, run_after)
        ), told as (
            insert into outbox (id, topic, key, payload, traceparent)
            select r.id, r.topic, r.key, r.payload, r.traceparent
            from ({OUTBOX_ROWS}) r join accepted on accepted.uid = r.query_uid
        )
        select uid from accepted
        """,
        {
            **_query_columns([one.query for one in planned]),
            "bank": [one.bank_version for one in planned],
            "pool": [one.pool_version for one in planned],
            "settings": [one.settings for one in planned],
            "ranking": [json.dumps(one.ranking) for one in planned],
            "document": [one.document for one in planned],
            "probes": [json.dumps(one.probes) for one in planned],
            "closes_at": [one.first_wave_closes_at for one in planned],
            **outbox_columns(events),
        },
    )
    return {row[0] for row in await cursor.fetchall()}


async def enter_unplanned(connection: Connection, queries: Sequence[NewQuery]) -> set[UUID]:
    """Enter queries that are answered at once, without any work; gives those that were not known before.

    A tombstone takes the query's body over, and counts as not known.
    """
    queries = sorted(queries, key=lambda query: query.uid)
    cursor = await connection.execute(
        f"""
        insert into query as q ({_QUERY_COLUMNS}, state)
        select *, 'routing' from unnest({_QUERY_ARRAYS}) as i({_QUERY_COLUMNS})
        on conflict (uid) do update set
            body_hash = excluded.body_hash, chat = excluded.chat, mode = excluded.mode, metadata = excluded.metadata,
            received_at = excluded.received_at, deadline_at = excluded.deadline_at,
            traceparent = excluded.traceparent, state = 'routing', touched_at = now()
        where q.body_hash = ''
           or q.body_hash = excluded.body_hash and q.state = 'routing'
              and not exists (select from plan where plan.query_uid = q.uid)
        returning uid
        """,
        _query_columns(queries),
    )
    return {row[0] for row in await cursor.fetchall()}


async def known_queries(connection: Connection, uids: Sequence[UUID]) -> dict[UUID, KnownQuery]:
    """Read what is stored of queries whose ids came again."""
    cursor = connection.cursor(row_factory=class_row(KnownQuery))
    await cursor.execute("select uid, body_hash, state from query where uid = any(%b)", [list(uids)])
    return {known.uid: known for known in await cursor.fetchall()}


async def leave_tombstones(connection: Connection, queries: Sequence[NewQuery]) -> set[UUID]:
    """Note the cancellation of queries not seen yet; gives those that have been seen before."""
    queries = sorted(queries, key=lambda query: query.uid)
    cursor = await connection.execute(
        f"""
        insert into query ({_QUERY_COLUMNS}, state)
        select *, 'answered' from unnest({_QUERY_ARRAYS}) as i({_QUERY_COLUMNS})
        on conflict do nothing returning uid
        """,
        _query_columns(queries),
    )
    unseen = {row[0] for row in await cursor.fetchall()}
    return {query.uid for query in queries} - unseen


def _query_columns(queries: Sequence[NewQuery]) -> dict[str, list[Any]]:
    names = _QUERY_COLUMNS.split(", ")
    return {name: [getattr(query, name) for query in queries] for name in names}
