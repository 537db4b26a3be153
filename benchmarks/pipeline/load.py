"""The load: publishes queries and waits for answers, with as little work of its own as possible."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from jisi.client.reading import end_positions, reading_from
from jisi.contracts.topics import Topics
from jisi.messaging.connection import KafkaConnection

ANSWER_WITHIN_SECONDS = 60.0
"""A query that takes longer is lost, and the benchmark with it."""


@dataclass(slots=True)
class Answers:
    """What came of the queries of one phase."""

    seconds: float = 0.0
    """From the first query to the last answer."""
    latencies: list[float] = field(default_factory=list)
    """Seconds of each query, in the order of the answers."""
    at: list[float] = field(default_factory=list)
    """When each answer came, on `time.perf_counter`."""
    bodies: list[bytes] = field(default_factory=list)

    def mix(self) -> dict[str, float]:
        """Tell how the queries were decided: shares, and means a query."""
        answers = [json.loads(body) for body in self.bodies]
        count = max(1, len(answers))
        calls = [call for answer in answers for call in answer["bill"]["calls"]]
        return {
            "routed": sum(answer["route"] == "route" for answer in answers) / count,
            "aggregated": sum(answer["route"] == "aggregate" for answer in answers) / count,
            "not_completed": sum(answer["status"] != "completed" for answer in answers) / count,
            "second_wave": sum(any(call["wave"] > 1 for call in answer["bill"]["calls"]) for answer in answers) / count,
            "calls": len(calls) / count,
        }


class Load:
    """Asks the queries of an endless supply; make it by `connected`."""

    def __init__(
        self, producer: AIOKafkaProducer, consumer: AIOKafkaConsumer, topic: str, texts: Iterator[str]
    ) -> None:
        self._producer = producer
        self._consumer = consumer
        self._topic = topic
        self._texts = texts
        self._waiting: dict[bytes, asyncio.Future[tuple[float, bytes]]] = {}

    async def one_at_a_time(self, seconds: float, tick: Callable[[float], None]) -> Answers:
        """Ask the next query when the answer to the last one is there."""
        return await self.in_flight(1, seconds, tick)

    async def in_flight(self, count: int, seconds: float, tick: Callable[[float], None]) -> Answers:
        """Keep so many queries in flight for so long, then wait for the last answers."""
        answers = Answers()
        began = time.perf_counter()

        async def keep_asking() -> None:
            while time.perf_counter() < began + seconds:
                await self._ask(time.perf_counter(), answers)

        await self._during(asyncio.gather(*(keep_asking() for _ in range(count))), began, seconds, tick)
        answers.seconds = max(answers.at) - began
        return answers

    async def steady(self, per_second: float, seconds: float, tick: Callable[[float], None]) -> Answers:
        """Ask at even intervals, whether answers come or not; a query's time counts from when it was due."""
        answers = Answers()
        began = time.perf_counter()

        async def ask_all() -> None:
            async with asyncio.TaskGroup() as asking:
                for number in range(round(per_second * seconds)):
                    due = began + number / per_second
                    await asyncio.sleep(due - time.perf_counter())
                    asking.create_task(self._ask(due, answers))

        await self._during(ask_all(), began, seconds, tick)
        answers.seconds = max(answers.at) - began
        return answers

    async def read(self) -> None:
        """Hand answers to whoever waits for them, until cancelled."""
        while True:
            for records in (await self._consumer.getmany(timeout_ms=1000)).values():
                came = time.perf_counter()
                for record in records:
                    waiting = self._waiting.pop(record.key, None)
                    if waiting is not None and not waiting.done():
                        waiting.set_result((came, record.value))

    async def _ask(self, due: float, answers: Answers) -> None:
        query_id = str(uuid4())
        body = json.dumps({"query_id": query_id, "query": next(self._texts)}).encode()
        answer: asyncio.Future[tuple[float, bytes]] = asyncio.get_running_loop().create_future()
        self._waiting[query_id.encode()] = answer
        await self._producer.send(self._topic, body, key=query_id.encode())
        async with asyncio.timeout(ANSWER_WITHIN_SECONDS):
            came, told = await answer
        answers.latencies.append(came - due)
        answers.at.append(came)
        answers.bodies.append(told)

    @staticmethod
    async def _during(work: Awaitable[object], began: float, seconds: float, tick: Callable[[float], None]) -> None:
        """Do the work, telling twice a second how far it is."""
        working = asyncio.ensure_future(work)
        told = 0.0
        while not working.done():
            await asyncio.wait([working], timeout=0.5)
            passed = min(seconds, time.perf_counter() - began)
            tick(passed - told)
            told = passed
        working.result()


@asynccontextmanager
async def connected(kafka: str, texts: Iterator[str]) -> AsyncIterator[Load]:
    """Connect to the public topics."""
    topics = Topics()
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", linger_ms=0)
    await producer.start()
    try:
        positions = await end_positions(producer, KafkaConnection(kafka), (topics.answers,))
        consumer = await reading_from(KafkaConnection(kafka), positions[topics.answers])
        load = Load(producer, consumer, topics.queries, texts)
        reading = asyncio.create_task(load.read())
        try:
            yield load
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            await consumer.stop()
    finally:
        await producer.stop()
