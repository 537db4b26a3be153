"""The reconciler: a query that has stood still for long gets its stage's event again, at most three times.

It covers what the outbox cannot: an event lost in Kafka, a handler's dead letter, a row lost by hand. After that the
query is answered with what is there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.contracts.events import AggregationV1, CandidatesV1, Event, GenerationV1, ResponseV1
from jisi.contracts.topics import Topics
from jisi.database import driver_connection
from jisi.ledger.outbox import OUTBOX_ROWS, Outbox, Outgoing, outbox_columns
from jisi.ledger.writer import AnswerWriter

STALLED_AFTER_SECONDS = 20.0
"""Longer than a take-over in Kafka after a kill (12 s) and than a lease. Doubled with each repetition: under a load
that takes minutes to work off nothing is lost, and giving up would spoil good answers."""
MOST_STALLS = 3
LARGEST_BATCH = 100


@dataclass(frozen=True, slots=True)
class Stalled:
    """A query without an open task, an unsent event or a sign of life."""

    uid: UUID
    state: str
    traceparent: str | None
    stalls: int
    wave: int | None
    """The last wave that is not resolved."""
    closed: bool
    unasked: list[str] | None
    """Models of it without a task."""
    uncounted: list[str] | None
    """Models of it whose response the router has not counted."""


class Reconciler:
    """Finds stalled queries and moves them on."""

    def __init__(self, *, engine: AsyncEngine, outbox: Outbox, writer: AnswerWriter, topics: Topics) -> None:
        self._engine = engine
        self._outbox = outbox
        self._writer = writer
        self._topics = topics

    async def reconcile(self, *, stalled_after_seconds: float = STALLED_AFTER_SECONDS) -> int:
        """Move on all queries that stand still; gives their number."""
        stalled = await self._stalled(stalled_after_seconds)
        hopeless = [query.uid for query in stalled if query.stalls > MOST_STALLS]
        if hopeless:
            reason = f"a stage did not go on after {MOST_STALLS} repetitions of its event"
            await self._writer.make_do(hopeless, "internal_error", reason)
        outgoings = [
            self._outbox.outgoing(query.uid, topic, event.encode(), query.traceparent)
            for query in stalled
            if query.stalls <= MOST_STALLS
            for topic, event in stage_events(query, self._topics)
        ]
        await self._store(outgoings)
        await self._outbox.publish(outgoings, moved={outgoing.query for outgoing in outgoings})
        return len(stalled)

    async def _stalled(self, after_seconds: float) -> list[Stalled]:
        async with driver_connection(self._engine, autocommit=True) as connection:
            cursor = connection.cursor(row_factory=class_row(Stalled))
            await cursor.execute(
                """
                with stalled as (
                    select uid from query q
                    where state <> 'answered' and touched_at < now() - make_interval(secs => %(after)s)
                      and touched_at < now() - make_interval(secs => %(after)s * 2 ^ least(stalls, 10))
                      and not exists (select from task t where t.query_uid = q.uid and t.state in ('ready', 'running'))
                      and not exists (select from outbox o where o.key = q.uid::text)
                    order by touched_at limit %(most)s for update skip locked
                ), touched as (
                    update query set touched_at = now(), stalls = stalls + 1
                    from stalled where query.uid = stalled.uid
                    returning query.uid, state, traceparent, stalls
                )
                select t.uid, t.state, t.traceparent, t.stalls, f.wave, f.closed_at is not null as closed,
                       (select array_agg(m) from jsonb_array_elements_text(f.models) m
                        where not exists (select from task k where k.query_uid = t.uid and k.model = m
                                          and k.kind = 'expert')) as unasked,
                       (select array_agg(r.model) from expert_response r
                        where r.query_uid = t.uid and r.wave = f.wave and r.counted_at is null) as uncounted
                from touched t left join lateral (
                    select * from fanin where fanin.query_uid = t.uid and fanin.resolved_at is null
                    order by wave desc limit 1
                ) f on true
                """,
                {"after": after_seconds, "most": LARGEST_BATCH},
            )
            return await cursor.fetchall()

    async def _store(self, outgoings: Sequence[Outgoing]) -> None:
        if not outgoings:
            return
        async with driver_connection(self._engine, autocommit=True) as connection:
            await connection.execute(
                f"""
                insert into outbox (id, topic, key, payload, traceparent)
                select r.id, r.topic, r.key, r.payload, r.traceparent from ({OUTBOX_ROWS}) r
                """,
                outbox_columns(outgoings),
            )


def stage_events(query: Stalled, topics: Topics) -> list[tuple[str, Event]]:
    """Give the events that move a stalled query on, from the stage it stands in."""
    uid, wave = query.uid, query.wave
    match query.state:
        case "aggregating":
            return [(topics.aggregation, AggregationV1(query=uid))]
        case "routing" if wave is not None:
            asks = [GenerationV1(query=uid, model=model, wave=wave) for model in query.unasked or ()]
            events: list[tuple[str, Any]] = [(topics.generation, event) for event in asks]
            counts = [ResponseV1(query=uid, model=model, wave=wave) for model in query.uncounted or ()]
            events += [(topics.responses, event) for event in counts]
            if query.closed or not events:
                events.append((topics.responses, ResponseV1(query=uid, wave=wave)))
            return events
        case _:
            return [(topics.candidates, CandidatesV1(query=uid))]
