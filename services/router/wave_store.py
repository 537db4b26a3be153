"""Statements of the router for responses and waves; each is one round trip for a whole batch."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from jisi.contracts.events import ResponseV1
from jisi.ledger.answers import CANCEL_CHANNEL
from jisi.ledger.context import load_contexts
from jisi.ledger.outbox import OUTBOX_ROWS, Outgoing, outbox_columns
from numpy.typing import NDArray
from pgvector import Vector
from psycopg.rows import class_row

from services.router.values import ClosedWave, NextStep, UncountedResponse

Connection = psycopg.AsyncConnection[Any]


async def uncounted_responses(connection: Connection, events: Sequence[ResponseV1]) -> list[UncountedResponse]:
    """Read the responses that events tell of and that were not counted yet, of queries still in their waves.

    An event that closes a wave tells of all that are there: one whose own event is still on its way is embedded now,
    or the scores would be refined without it.
    """
    cursor = connection.cursor(row_factory=class_row(UncountedResponse))
    await cursor.execute(
        """
        select distinct on (r.query_uid, r.model) r.query_uid as uid, r.model, r.wave, r.usable, r.text, p.settings
        from unnest(%b::uuid[], %b::text[]) as e(uid, model)
        join expert_response r on r.query_uid = e.uid and (r.model = e.model or e.model is null)
             and r.counted_at is null
        join query q on q.uid = e.uid and q.state = 'routing'
        join plan p on p.query_uid = e.uid
        order by r.query_uid, r.model
        """,
        [[event.query for event in events], [event.model for event in events]],
    )
    return await cursor.fetchall()


async def count_responses(
    connection: Connection,
    responses: Sequence[UncountedResponse],
    vectors: dict[tuple[UUID, str], NDArray[np.float32]],
    events: Sequence[ResponseV1],
) -> list[tuple[UUID, int]]:
    """Store embeddings and count the responses in their fan-ins; gives the waves that are closed and not resolved.

    The row lock of the fan-in serialises counters, so exactly one closes it (ENGINEERING.md 2.3). Waves of the events,
    and later ones, that were closed before are given too: whoever closed them may have died before going on, or waits
    for what comes late.
    """
    cursor = await connection.execute(
        """
        with r as (
            select * from unnest(%(uid)b::uuid[], %(model)b::text[], %(vector)b::vector[]) as r(uid, model, vector)
        ), counted as (
            update expert_response e set embedding = r.vector, counted_at = now() from r
            where e.query_uid = r.uid and e.model = r.model and e.counted_at is null
            returning e.query_uid, e.wave
        ), n as (
            select query_uid, wave, count(*) as finished from counted group by query_uid, wave
        ), touched as (
            update fanin f set finished = f.finished + n.finished,
                               closed_at = case when f.finished + n.finished >= f.expected then now() end
            from n where f.query_uid = n.query_uid and f.wave = n.wave and f.closed_at is null
            returning f.query_uid, f.wave, f.closed_at
        )
        select query_uid, wave from touched where closed_at is not null
        union
        select f.query_uid, f.wave from unnest(%(e_uid)b::uuid[], %(e_wave)b::smallint[]) as e(uid, wave)
        join fanin f on f.query_uid = e.uid and f.wave >= e.wave
        where f.closed_at is not null and f.resolved_at is null
        order by query_uid
        """,
        {
            "uid": [response.uid for response in responses],
            "model": [response.model for response in responses],
            "vector": [_vector(vectors.get((response.uid, response.model))) for response in responses],
            "e_uid": [event.query for event in events],
            "e_wave": [event.wave for event in events],
        },
    )
    return [(row[0], row[1]) for row in await cursor.fetchall()]


async def closed_waves(
    connection: Connection, waves: Sequence[tuple[UUID, int]], *, visible_tokens: bool
) -> list[ClosedWave]:
    """Read all that is needed to go on after closed waves, of queries that are not answered."""
    contexts = await load_contexts(connection, [uid for uid, _ in waves], texts=False, calls=False)
    first = [uid for uid, wave in waves if wave == 1]
    cursor = await connection.execute(
        """
        select p.query_uid, p.document, p.bank_version, p.pool_version, r.model, r.usable, r.embedding,
               r.completion_tokens, r.reasoning_tokens, r.reference_tokens
        from plan p left join expert_response r on r.query_uid = p.query_uid and r.wave = 1
             and r.counted_at is not null
        where p.query_uid = any(%b)
        """,
        [first],
        binary=True,
    )
    plans: dict[UUID, tuple[bytes, int, int]] = {}
    vectors: dict[UUID, dict[str, NDArray[np.float32]]] = {}
    tokens: dict[UUID, dict[str, int | None]] = {}
    for uid, document, bank, pool, model, usable, embedding, completion, _reasoning, visible in await cursor.fetchall():
        plans[uid] = (document, bank, pool)
        if model is not None and usable:
            tokens.setdefault(uid, {})[model] = visible if visible_tokens else completion
            if embedding is not None:
                vectors.setdefault(uid, {})[model] = _array(embedding)
    closed = []
    for uid, wave in waves:
        context = contexts.get(uid)
        if context is None or context.state != "routing":
            continue
        document, bank, pool = plans.get(uid, (None, 0, 0))
        closed.append(
            ClosedWave(
                context=context,
                wave=wave,
                plan_document=document,
                bank_version=bank,
                pool_version=pool,
                vectors=vectors.get(uid, {}),
                tokens=tokens.get(uid, {}),
            )
        )
    return closed


async def go_on(connection: Connection, steps: Sequence[NextStep], events: Sequence[Outgoing]) -> set[UUID]:
    """Resolve closed waves: store the standing, begin the next wave or hand over to the switch; gives who was moved.

    A wave is resolved once: for the second of two processes no row is left, and nothing follows.
    """
    steps = sorted(steps, key=lambda step: step.uid)
    cursor = await connection.execute(
        f"""
        with i as (
            select * from unnest(%(uid)b::uuid[], %(wave)b::smallint[], %(ask)b::jsonb[], %(closes_at)b::timestamptz[],
                                 %(short)b::bool[], %(refined)b::bytea[], %(standing)b::jsonb[],
                                 %(aggregators)b::jsonb[], %(bank)b::bigint[], %(recomputed)b::bytea[])
                as i(uid, wave, ask, closes_at, short, refined, standing, aggregators, bank, recomputed)
        ), won as (
            update fanin f set resolved_at = now() from i
            where f.query_uid = i.uid and f.wave = i.wave and f.resolved_at is null returning f.query_uid as uid
        ), stands as (
            insert into standing (query_uid, bank_version, refined, standing, aggregators, recomputed_plan,
                                  short_of_calls)
            select uid, bank, refined, standing, aggregators, recomputed, short from i join won using (uid)
            where refined is not null on conflict do nothing
        ), shortened as (
            update standing set short_of_calls = true from i join won using (uid)
            where standing.query_uid = i.uid and i.short and i.refined is null
        ), moved as (
            update query q set touched_at = now(), first_wave_at = coalesce(first_wave_at, now()),
                   state = case when i.ask = '[]' then 'switching' else 'routing' end,
                   candidates_at = case when i.ask = '[]' then now() end
            from i join won using (uid) where q.uid = i.uid and q.state = 'routing' returning q.uid
        ), waves as (
            insert into fanin (query_uid, wave, models, expected, closes_at)
            select uid, wave + 1, ask, jsonb_array_length(ask), closes_at from i join moved using (uid)
            where ask <> '[]' on conflict do nothing
        ), fired as (
            delete from timer t using i join won using (uid)
            where t.query_uid = i.uid and t.kind = 'wave' and t.wave = i.wave
        ), timers as (
            insert into timer (query_uid, kind, wave, run_after)
            select uid, 'wave', wave + 1, closes_at from i join moved using (uid)
            where ask <> '[]' on conflict do nothing
        ), told as (
            insert into outbox (id, topic, key, payload, traceparent)
            select r.id, r.topic, r.key, r.payload, r.traceparent
            from ({OUTBOX_ROWS}) r join moved on moved.uid = r.query_uid
        )
        select uid from moved
        """,
        {
            "uid": [step.uid for step in steps],
            "wave": [step.wave for step in steps],
            "ask": [json.dumps(step.ask) for step in steps],
            "closes_at": [step.closes_at for step in steps],
            "short": [step.short_of_calls for step in steps],
            "refined": [step.refined for step in steps],
            "standing": [None if step.standing is None else json.dumps(step.standing) for step in steps],
            "aggregators": [json.dumps(step.aggregators) for step in steps],
            "bank": [step.bank_version for step in steps],
            "recomputed": [step.recomputed_plan for step in steps],
            **outbox_columns(events),
        },
    )
    return {row[0] for row in await cursor.fetchall()}


async def still_expected(connection: Connection, waves: Sequence[tuple[UUID, int]]) -> set[UUID]:
    """Find the queries one of whose experts may still respond: its call is open, or is to be begun in this wave."""
    cursor = await connection.execute(
        """
        select w.uid from unnest(%b::uuid[], %b::smallint[]) as w(uid, wave)
        join fanin f on f.query_uid = w.uid and f.wave = w.wave
        where exists (select from task t where t.query_uid = w.uid and t.kind = 'expert'
                      and t.state in ('ready', 'running'))
           or exists (select from jsonb_array_elements_text(f.models) as m(model)
                      where not exists (select from task t where t.query_uid = w.uid and t.kind = 'expert'
                                        and t.model = m.model))
        """,
        [[uid for uid, _ in waves], [wave for _, wave in waves]],
    )
    return {row[0] for row in await cursor.fetchall()}


async def stop_late_calls(connection: Connection, waves: Sequence[tuple[UUID, int]]) -> None:
    """Have the calls of experts up to these waves stopped: others have responded, and the queries went on with that."""
    await connection.execute(
        f"select pg_notify('{CANCEL_CHANNEL}', uid || ' ' || wave) from unnest(%b::uuid[], %b::int[]) as w(uid, wave)",
        [[uid for uid, _ in waves], [wave for _, wave in waves]],
    )


def _vector(array: NDArray[np.float32] | None) -> Vector | None:
    return None if array is None else Vector(array)


def _array(stored: Any) -> NDArray[np.float32]:  # noqa: ANN401 - Vector or array, as the driver is registered
    return np.asarray(stored.to_numpy() if isinstance(stored, Vector) else stored, dtype=np.float32)
