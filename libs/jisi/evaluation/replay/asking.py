"""Asking running services many rows, so many under way at once."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer

from jisi.client import JisiClient, NoAnswerError
from jisi.contracts.answer import AnswerV1
from jisi.contracts.query import QueryV1
from jisi.contracts.topics import Topics
from jisi.evaluation.replay.family import Row
from jisi.messaging.connection import KafkaConnection

DEADLINE_MS = 24 * 3600 * 1000
"""No decision may hang on time: a stage that closed early would be no defect and yet a difference."""
UNANSWERED_AFTER_SECONDS = 600.0
"""Longer than any row waits behind the others; what has no answer by then is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A row's answer, and how long it took from publishing to receiving it."""

    row: Row
    answer: AnswerV1
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What came of asking."""

    asked: Sequence[Asked]
    """In the order of the answers; rows without one are missing."""
    repeats: int
    """Answers that were published more than once."""
    seconds: float
    """From the first query to the last answer."""


async def ask_rows(
    rows: Sequence[Row], *, kafka: KafkaConnection, prefix: str, in_flight: int, done: Callable[[Asked], None]
) -> Run:
    """Ask all rows on topics that nobody else uses; `done` is called with each answer."""
    asked: list[Asked] = []
    waiting = iter(rows)
    async with JisiClient(kafka.servers, prefix, security=kafka.security) as jisi:
        began = time.monotonic()
        async with asyncio.TaskGroup() as workers:
            for _ in range(min(in_flight, len(rows))):
                workers.create_task(_work(jisi, waiting, asked, done))
        seconds = time.monotonic() - began
    published = await _count_records(kafka, Topics(prefix).answers)
    return Run(asked=asked, repeats=published - len(asked), seconds=seconds)


async def _work(jisi: JisiClient, waiting: Iterator[Row], asked: list[Asked], done: Callable[[Asked], None]) -> None:
    for row in waiting:
        query = QueryV1(query_id=row.query_id, query=row.query, deadline_ms=DEADLINE_MS)
        began = time.monotonic()
        with suppress(NoAnswerError):
            answer = await jisi.ask(query, timeout_seconds=UNANSWERED_AFTER_SECONDS)
            asked.append(Asked(row=row, answer=answer, seconds=time.monotonic() - began))
            done(asked[-1])


async def _count_records(kafka: KafkaConnection, topic: str) -> int:
    """Give how many records a topic took so far."""
    consumer = AIOKafkaConsumer(topic, **kafka.options(), group_id=None, enable_auto_commit=False)
    await consumer.start()
    try:
        return sum((await consumer.end_offsets(consumer.assignment())).values())
    finally:
        await consumer.stop()
