"""How attempts ended: entered with all consequences by one fenced statement."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import psycopg

from jisi.ledger.outbox import OUTBOX_ROWS, Outgoing, outbox_columns
from jisi.ledger.tasks import Task
from jisi.llm.usage import NO_USAGE, Usage

USELESS = "answered"
"""Code of a call that was stopped because it was of no more use, where nothing else is told."""


def cause_of(cancelled: asyncio.CancelledError) -> str:
    """Give the code with which a call was stopped."""
    return str(cancelled.args[0]) if cancelled.args else USELESS


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one attempt of a task ended."""

    task: Task
    status: Literal["ok", "failed", "cancelled"]
    code: str | None = None
    called: bool = True
    """Whether an endpoint was called at all; else there is nothing to bill."""
    usage: Usage = NO_USAGE
    cost: float = 0.0
    reserved: float = 0.0
    """USD that were reserved for it."""
    seconds: float = 0.0
    first_chunk_seconds: float | None = None
    text: str = ""
    cut_off: bool = False
    usable: bool = False
    reference_tokens: int = 0
    retry_after_seconds: float | None = None
    """Seconds until the next attempt; None: this was the last."""
    trimmed: bool = False
    """aggregator: whether references had to be shortened to fit."""
    counts_as_attempt: bool = True
    """False where nothing was tried, because the endpoint cools down."""

    @property
    def final(self) -> bool:
        """Whether the task is over."""
        return self.retry_after_seconds is None


async def enter_outcomes(
    connection: psycopg.AsyncConnection[Any], outcomes: Sequence[Outcome], events: Sequence[Outgoing]
) -> dict[int, bool]:
    """Enter outcomes of tasks whose lease is still ours; gives their ids, and whether their query was answered before.

    The task ends or waits for its next attempt, the call is billed and its reservation settled, an expert's response
    is stored and its event goes to the outbox: all of it or nothing. An event belongs to the outcome in its place.
    """
    if len(events) != len(outcomes):
        raise ValueError("each outcome needs an event, which is stored if the outcome is final")
    cursor = await connection.execute(
        f"""
        with o as (
            select * from unnest(
                %(id)b::bigint[], %(fence)b::int[], %(state)b::text[], %(retry)b::float8[], %(called)b::bool[],
                %(status)b::text[], %(code)b::text[], %(prompt_tokens)b::int[], %(completion_tokens)b::int[],
                %(reasoning_tokens)b::int[], %(counted)b::bool[], %(cost)b::float8[], %(seconds)b::float8[],
                %(first_chunk)b::float8[], %(text)b::text[], %(usable)b::bool[], %(cut_off)b::bool[],
                %(reference_tokens)b::int[], %(uncounted)b::int[], %(event)b::uuid[])
            as o(id, fence, state, retry, called, status, code, prompt_tokens, completion_tokens, reasoning_tokens,
                 counted, cost, seconds, first_chunk, text, usable, cut_off, reference_tokens, uncounted, event)
        ), mine as (
            update task set state = o.state, run_after = now() + make_interval(secs => coalesce(o.retry, 0)),
                            attempts = attempts - o.uncounted, reserved = 0
            from o where task.id = o.id and task.fence = o.fence and task.state = 'running'
            returning task.id, task.query_uid, task.kind, task.model, task.wave, task.limited,
                      old.attempts as attempt, old.reserved as reserved
        ), billed as (
            insert into llm_call (query_uid, kind, model, attempt, wave, status, code, prompt_tokens,
                                  completion_tokens, reasoning_tokens, counted, cost, seconds, first_chunk_seconds)
            select query_uid, kind, model, attempt, wave, status, code, prompt_tokens, completion_tokens,
                   reasoning_tokens, counted, cost, seconds, first_chunk
            from mine join o using (id) where o.called
            on conflict do nothing
        ), settled as (
            update query set cost_reserved = cost_reserved + s.difference, calls_reserved = calls_reserved - s.unused
            from (
                select query_uid, sum(o.cost - mine.reserved) as difference,
                       count(*) filter (where not o.called and mine.reserved > 0) as unused
                from mine join o using (id) where mine.limited group by query_uid
            ) s where query.uid = s.query_uid
        ), stored as (
            insert into expert_response (query_uid, model, wave, usable, cut_off, code, text, completion_tokens,
                                         reasoning_tokens, reference_tokens)
            select query_uid, model, wave, usable, cut_off, code, text, completion_tokens, reasoning_tokens,
                   reference_tokens
            from mine join o using (id) where kind = 'expert' and o.state in ('done', 'dead')
            on conflict do nothing
        ), told as (
            insert into outbox (id, topic, key, payload, traceparent)
            select r.id, r.topic, r.key, r.payload, r.traceparent
            from ({OUTBOX_ROWS}) r join o on o.event = r.id join mine on mine.id = o.id
            where mine.kind = 'expert' and o.state in ('done', 'dead')
        )
        select mine.id, q.state = 'answered' from mine join query q on q.uid = mine.query_uid
        """,
        {**_columns(outcomes, events), **outbox_columns(events)},
    )
    return dict(await cursor.fetchall())


def _columns(outcomes: Sequence[Outcome], events: Sequence[Outgoing]) -> dict[str, list[Any]]:
    """Give the columns of many outcomes, in order."""
    return {
        "id": [outcome.task.id for outcome in outcomes],
        "fence": [outcome.task.fence for outcome in outcomes],
        "state": [_state_after(outcome) for outcome in outcomes],
        "retry": [None if outcome.final else float(outcome.retry_after_seconds or 0) for outcome in outcomes],
        "called": [outcome.called for outcome in outcomes],
        "status": [outcome.status for outcome in outcomes],
        "code": [outcome.code for outcome in outcomes],
        "prompt_tokens": [outcome.usage.prompt_tokens for outcome in outcomes],
        "completion_tokens": [outcome.usage.completion_tokens for outcome in outcomes],
        "reasoning_tokens": [outcome.usage.reasoning_tokens for outcome in outcomes],
        "counted": [outcome.usage.counted for outcome in outcomes],
        "cost": [float(outcome.cost) for outcome in outcomes],  # whole numbers among others cannot be sent
        "seconds": [outcome.seconds for outcome in outcomes],
        "first_chunk": [outcome.first_chunk_seconds for outcome in outcomes],
        "text": [outcome.text for outcome in outcomes],
        "usable": [outcome.usable for outcome in outcomes],
        "cut_off": [outcome.cut_off for outcome in outcomes],
        "reference_tokens": [outcome.reference_tokens for outcome in outcomes],
        "uncounted": [0 if outcome.counts_as_attempt else 1 for outcome in outcomes],
        "event": [event.id for event in events],
    }


def _state_after(outcome: Outcome) -> str:
    if not outcome.final:
        return "ready"
    return "done" if outcome.status == "ok" else "dead"


def final_queries(outcomes: Sequence[Outcome], entered: Collection[int]) -> set[UUID]:
    """Queries of which a final outcome was entered."""
    return {outcome.task.query_uid for outcome in outcomes if outcome.final and outcome.task.id in entered}
