"""Timers are rows: a stage's close and a query's deadline come whatever process has died meanwhile."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.contracts.events import ResponseV1
from jisi.contracts.topics import Topics
from jisi.database import driver_connection
from jisi.ledger.drafts import OVERDUE
from jisi.ledger.outbox import OUTBOX_ROWS, Outbox, outbox_columns
from jisi.ledger.writer import AnswerWriter

LARGEST_BATCH = 100


@dataclass(frozen=True, slots=True)
class _Due:
    uid: UUID
    kind: str
    wave: int
    traceparent: str | None


class Timers:
    """Does what is due; every process of every service does, and each timer fires once."""

    def __init__(self, *, engine: AsyncEngine, outbox: Outbox, writer: AnswerWriter, topics: Topics) -> None:
        self._engine = engine
        self._outbox = outbox
        self._writer = writer
        self._topics = topics

    async def fire(self) -> int:
        """Do all that is due; gives the number of timers."""
        due = await self._due()
        if not due:
            return 0
        waves = [timer for timer in due if timer.kind == "wave"]
        overdue = [timer.uid for timer in due if timer.kind == "deadline"]
        if waves:
            await self._close(waves)
        if overdue:
            await self._writer.make_do(overdue, "deadline", OVERDUE)
        return len(due)

    async def _due(self) -> list[_Due]:
        """Find timers that are due; one of a query that is answered is dropped by the answer itself.

        A timer is put off for a moment rather than deleted: should this process die before its work is done, it fires
        again.
        """
        async with driver_connection(self._engine, autocommit=True) as connection:
            cursor = await connection.execute(
                """
                with due as (
                    select query_uid, kind, wave from timer where run_after <= now()
                    order by run_after limit %s for update skip locked
                ), put_off as (
                    update timer set run_after = now() + interval '2 seconds' from due
                    where timer.query_uid = due.query_uid and timer.kind = due.kind and timer.wave = due.wave
                    returning timer.query_uid, timer.kind, timer.wave
                )
                select p.query_uid, p.kind, p.wave, q.traceparent
                from put_off p join query q on q.uid = p.query_uid
                """,
                [LARGEST_BATCH],
            )
            return [_Due(*row) for row in await cursor.fetchall()]

    async def _close(self, waves: list[_Due]) -> None:
        """Close waves with what they have, and tell the router; a wave that is closed already only loses its timer.

        What waits for a slot or its next attempt is given up, unless nothing has come yet: then it may be the answer.
        """
        outgoings = [
            self._outbox.outgoing(
                timer.uid,
                self._topics.responses,
                ResponseV1(query=timer.uid, wave=timer.wave).encode(),
                timer.traceparent,
            )
            for timer in waves
        ]
        parameters: dict[str, Any] = {
            "uid": [timer.uid for timer in waves],
            "wave": [timer.wave for timer in waves],
            **outbox_columns(outgoings),
        }
        async with driver_connection(self._engine, autocommit=True) as connection:
            cursor = await connection.execute(
                f"""
                with w as (select * from unnest(%(uid)b::uuid[], %(wave)b::smallint[]) as w(uid, wave)),
                closed as (
                    update fanin set closed_at = now() from w
                    where fanin.query_uid = w.uid and fanin.wave = w.wave and fanin.closed_at is null
                    returning fanin.query_uid
                ), fired as (
                    delete from timer using w
                    where timer.query_uid = w.uid and timer.kind = 'wave' and timer.wave = w.wave
                ), idle as (
                    update task set state = 'dead' from w
                    where task.query_uid = w.uid and task.wave = w.wave and task.kind = 'expert'
                      and task.state = 'ready'
                      and exists (select from expert_response r where r.query_uid = w.uid and r.usable)
                ), told as (
                    insert into outbox (id, topic, key, payload, traceparent)
                    select r.id, r.topic, r.key, r.payload, r.traceparent
                    from ({OUTBOX_ROWS}) r join closed on closed.query_uid = r.query_uid
                )
                select query_uid from closed
                """,
                parameters,
            )
            closed = {row[0] for row in await cursor.fetchall()}
        await self._outbox.publish(outgoings, moved=closed)
