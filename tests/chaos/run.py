"""Asks, kills and listens at the same time."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence

from aiokafka import AIOKafkaConsumer
from jisi.client import JisiClient, KafkaUnreachableError
from jisi.contracts.answer import AnswerV1

from tests.chaos.strikes import Question, Strike
from tests.chaos.system import ChaosSystem


async def ask_all(system: ChaosSystem, asked: Sequence[Question]) -> None:
    """Publish each query at its time, again until Kafka has it."""
    began = time.monotonic()
    async with JisiClient(system.stack.kafka) as client, asyncio.TaskGroup() as group:
        for question in asked:
            await asyncio.sleep(max(0.0, began + question.at_seconds - time.monotonic()))
            group.create_task(_ask(client, question))


async def _ask(client: JisiClient, question: Question) -> None:
    while True:
        with contextlib.suppress(KafkaUnreachableError):
            await client.submit(question.body)
            break
    if question.cancel_after_seconds is not None:
        await asyncio.sleep(question.cancel_after_seconds)
        while True:
            with contextlib.suppress(KafkaUnreachableError):
                await client.cancel(question.query_id)
                break


async def strike_all(system: ChaosSystem, planned: Sequence[Strike]) -> None:
    """Kill each target at its time, whatever others are still down."""
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for strike in planned:
            await asyncio.sleep(max(0.0, began + strike.at_seconds - time.monotonic()))
            group.create_task(system.kill(strike.target, strike.replica))


@contextlib.asynccontextmanager
async def listening(system: ChaosSystem) -> AsyncIterator[dict[str, float]]:
    """Note when the answer to each query was first seen, on the clock of `time.time`."""
    seen: dict[str, float] = {}
    consumer = AIOKafkaConsumer(
        system.topics.answers, bootstrap_servers=system.stack.kafka, auto_offset_reset="earliest"
    )
    await consumer.start()

    async def listen() -> None:
        async for record in consumer:
            seen.setdefault(AnswerV1.model_validate_json(record.value).query_id, time.time())

    task = asyncio.create_task(listen())
    try:
        yield seen
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await consumer.stop()
