"""Answer rows: the primary key is the promise that a query gets exactly one answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from jisi.contracts.answer import AnswerV1
from jisi.ledger.outbox import OUTBOX_ROWS, Outgoing, outbox_columns

CANCEL_CHANNEL = "jisi_cancel"
"""Notified with a query's key once its running calls are of no more use; with a wave behind it, those of its experts up
to that wave alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalAnswer:
    """An answer about to be entered, with the record that tells it."""

    answer: AnswerV1
    outgoing: Outgoing
    """Its payload is the answer's bytes."""
    decision: dict[str, Any] | None = None
    """The switch's decision, where this answer is its consequence."""


async def enter_answers(connection: psycopg.AsyncConnection[Any], finals: Sequence[FinalAnswer]) -> set[UUID]:
    """Enter the answers of queries that have none; gives these queries. The others' answers stand untouched.

    With an answer the query is closed: its timers go, waiting tasks end, running calls are cancelled.
    """
    finals = sorted(finals, key=lambda final: final.outgoing.query)
    outgoings = [final.outgoing for final in finals]
    cursor = await connection.execute(
        f"""
        with a as (
            select * from unnest(%(uid)b::uuid[], %(status)b::text[], %(body)b::text[], %(decision)b::jsonb[])
                as a(uid, status, body, decision)
        ), entered as (
            insert into answer (query_uid, status, body) select uid, status, body from a
            on conflict do nothing returning query_uid as uid
        ), decided as (
            insert into decision (query_uid, document)
            select uid, decision from a join entered using (uid) where decision is not null
            on conflict do nothing
        ), closed as (
            update query set state = 'answered', answered_at = now(), touched_at = now(),
                             decided_at = coalesce(decided_at, case when a.decision is not null then now() end)
            from entered join a using (uid) where query.uid = entered.uid
        ), timers as (
            delete from timer using entered where timer.query_uid = entered.uid
        ), idle as (
            update task set state = 'dead' from entered where task.query_uid = entered.uid and task.state = 'ready'
        ), told as (
            insert into outbox (id, topic, key, payload, traceparent)
            select r.id, r.topic, r.key, r.payload, r.traceparent
            from ({OUTBOX_ROWS}) r join entered on entered.uid = r.query_uid
        ), stopped as (
            select entered.uid, count(t.id) as running,
                   case when count(t.id) > 0 then pg_notify('{CANCEL_CHANNEL}', entered.uid::text) end
            from entered left join task t on t.query_uid = entered.uid and t.state = 'running'
            group by entered.uid
        )
        select uid, running from stopped
        """,
        {
            "uid": [outgoing.query for outgoing in outgoings],
            "status": [final.answer.status for final in finals],
            "body": [outgoing.payload for outgoing in outgoings],
            "decision": [None if final.decision is None else json.dumps(final.decision) for final in finals],
            **outbox_columns(outgoings),
        },
    )
    return {row[0] for row in await cursor.fetchall()}


async def stored_answer(connection: psycopg.AsyncConnection[Any], uid: UUID) -> str | None:
    """Read the bytes of an answer given before, and count that they are published again."""
    cursor = await connection.execute(
        "update answer set repeats = repeats + 1 where query_uid = %s returning body", [uid]
    )
    row = await cursor.fetchone()
    return None if row is None else row[0]
