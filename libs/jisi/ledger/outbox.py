"""The outbox: what is to be published stands in Postgres first, in the transaction that decided it.

After the commit the same process publishes inline and deletes the rows a moment later, many at once; a sweep publishes
what was left over by a process that died, or while Kafka was down (ENGINEERING.md 2.2, 11). Published is at least once,
and no order is promised.
"""

import asyncio
import logging
import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.database import driver_connection
from jisi.ledger.refused import Refused, replace_refused
from jisi.messaging.publisher import (
    KafkaUnavailableError,
    Publication,
    Publisher,
    RecordTooLargeError,
    UnacknowledgedError,
    trace_headers,
)
from jisi.telemetry.spans import Span
from jisi.telemetry.tracing import Tracing

DELETE_EVERY_SECONDS = 0.25
SWEEP_EVERY_SECONDS = 1.0
LEFT_OVER_AFTER_SECONDS = 3.0
"""A row this old was not published by the process that wrote it."""
SWEEP_ROWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A record to be published, and the query on whose progress it depends."""

    query: UUID
    topic: str
    key: str
    payload: str
    span: Span
    """The producer's span: its context travels with the record."""
    id: UUID = field(default_factory=lambda: UUID(bytes=os.urandom(16)))

    @property
    def traceparent(self) -> str:
        """Trace context for the record's header."""
        return self.span.carrier


def outbox_columns(outgoings: Sequence[Outgoing]) -> dict[str, list[Any]]:
    """Give the columns for `OUTBOX_ROWS`, as parameters of a statement."""
    return {
        "out_id": [outgoing.id for outgoing in outgoings],
        "out_query": [outgoing.query for outgoing in outgoings],
        "out_key": [outgoing.key for outgoing in outgoings],
        "out_topic": [outgoing.topic for outgoing in outgoings],
        "out_payload": [outgoing.payload for outgoing in outgoings],
        "out_trace": [outgoing.traceparent for outgoing in outgoings],
    }


OUTBOX_ROWS = """
    select o.* from unnest(%(out_id)b::uuid[], %(out_query)b::uuid[], %(out_topic)b::text[], %(out_key)b::text[],
                           %(out_payload)b::text[], %(out_trace)b::text[])
                    as o(id, query_uid, topic, key, payload, traceparent)
"""
"""Rows for the outbox; a statement joins them with the queries it really moved on."""


class Outbox:
    """Publishes what a transaction left in the outbox."""

    def __init__(self, engine: AsyncEngine, publisher: Publisher, tracing: Tracing) -> None:
        self._engine = engine
        self._publisher = publisher
        self._tracing = tracing
        self._published: list[UUID] = []
        self._on_their_way: set[UUID] = set()
        self._log = logging.getLogger(__name__)

    def outgoing(
        self, query: UUID, topic: str, payload: str, parent: str | None, *, key: str | None = None
    ) -> Outgoing:
        """Make a record to be published, under a producer's span of its own; keyed by the query's key unless told."""
        key = str(query) if key is None else key
        return Outgoing(
            query=query, topic=topic, key=key, payload=payload, span=self._tracing.produce(topic, key, parent)
        )

    async def publish(self, outgoings: Iterable[Outgoing], *, moved: Collection[UUID]) -> None:
        """Publish, after the commit, the records of the queries that were moved on; the others were never stored.

        A failure is left to the sweep: the caller's work is done.
        """
        mine = [outgoing for outgoing in outgoings if outgoing.query in moved]
        if not mine:
            return
        failures = await self._publisher.publish(
            [
                Publication(
                    topic=outgoing.topic,
                    key=outgoing.key.encode(),
                    value=outgoing.payload.encode(),
                    headers=trace_headers(outgoing.traceparent),
                )
                for outgoing in mine
            ]
        )
        for outgoing, failure in zip(mine, failures, strict=True):
            self._tracing.end(outgoing.span, failure)
            if failure is not None:
                self._log.warning("not published yet: a record for %s: %s", outgoing.topic, failure)
            self._note(outgoing.id, failure)

    async def delete_published(self) -> None:
        """Delete the rows of all that was published so far."""
        ids, self._published = self._published, []
        if not ids:
            return
        try:
            async with driver_connection(self._engine, autocommit=True) as connection:
                await connection.execute("delete from outbox where id = any(%b)", [ids])
        except BaseException:
            self._published = [*ids, *self._published]
            raise

    async def sweep(self) -> int:
        """Publish rows that another process, or an outage, left over; gives their number.

        An answer that is too large for its topic is replaced by one that says so; what else is too large is given up.

        Raises:
            KafkaUnavailableError: some could not be published; they stay, and cost the others nothing.
        """
        swept = 0
        while True:
            async with driver_connection(self._engine) as connection:
                rows = await self._left_over(connection)
                if not rows:
                    return swept
                if not await self._publisher.is_steady():
                    raise KafkaUnavailableError(f"{len(rows)} left-over records wait for Kafka")
                failures = await self._publisher.publish(
                    [
                        Publication(topic=topic, key=key.encode(), value=payload.encode(), headers=trace_headers(trace))
                        for _, topic, key, payload, trace in rows
                    ]
                )
                for row, failure in zip(rows, failures, strict=True):
                    self._note(row[0], failure)
                sent = [row[0] for row, failure in zip(rows, failures, strict=True) if failure is None]
                refused = [
                    (row, failure)
                    for row, failure in zip(rows, failures, strict=True)
                    if isinstance(failure, RecordTooLargeError)
                ]
                for (record, *_), failure in refused:
                    self._log.error("record %s of the outbox: %s", record, failure)
                given_up = await replace_refused(
                    connection, [Refused(id=record, payload=payload) for (record, _, _, payload, _), _ in refused]
                )
                await connection.execute("delete from outbox where id = any(%b)", [[*sent, *given_up]])
                await connection.commit()
            swept += len(sent)
            self._log.info("published %d left-over records", len(sent))
            waiting = [one for one in failures if one is not None and not isinstance(one, RecordTooLargeError)]
            if waiting:
                raise KafkaUnavailableError(f"{len(waiting)} records wait: {waiting[0]!r}") from waiting[0]

    def _note(self, record: UUID, failure: BaseException | None) -> None:
        """Note how a publication went; one that is still on its way is not sent again, and may yet succeed."""

        def settle(acknowledged: asyncio.Future[object]) -> None:
            self._on_their_way.discard(record)
            if not acknowledged.cancelled() and acknowledged.exception() is None:
                self._published.append(record)

        if failure is None:
            self._published.append(record)
        elif isinstance(failure, UnacknowledgedError):
            self._on_their_way.add(record)
            failure.acknowledged.add_done_callback(settle)

    async def _left_over(
        self, connection: psycopg.AsyncConnection[Any]
    ) -> list[tuple[UUID, str, str, str, str | None]]:
        """Lock the oldest rows that no process is still to publish; others skip them."""
        cursor = await connection.execute(
            """
            select id, topic, key, payload, traceparent from outbox
            where created_at < now() - make_interval(secs => %s) and id <> all(%s)
            order by created_at limit %s for update skip locked
            """,
            [LEFT_OVER_AFTER_SECONDS, [*self._published, *self._on_their_way], SWEEP_ROWS],
        )
        return await cursor.fetchall()
