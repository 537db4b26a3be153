"""A stand-in for the services, as far as the public topics show them: says and answers what a script tells it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from jisi.contracts.answer import AnswerV1, BillV1, ModelsV1, TimingsV1
from jisi.contracts.progress import ProgressV1, Stage
from jisi.contracts.query import CancelV1, QueryV1, parse_query
from jisi.contracts.topics import Topics

from tests.support.kafka import KafkaTestClient

Message = ProgressV1 | AnswerV1
Script = Callable[[QueryV1 | CancelV1], Sequence[Message]]


@dataclass(slots=True)
class ScriptedService:
    """What it was asked so far."""

    queries: list[QueryV1] = field(default_factory=list)
    cancellations: list[CancelV1] = field(default_factory=list)


@asynccontextmanager
async def scripted_service(client: KafkaTestClient, prefix: str, script: Script) -> AsyncIterator[ScriptedService]:
    """Make the topics, then publish what the script gives for every record of the queries topic."""
    topics = Topics(prefix)
    await client.create_topics(topics.all)
    service = ScriptedService()
    async with client.reading(topics.queries) as consumer, client.producer() as producer:

        async def serve() -> None:
            async for record in consumer:
                message = parse_query(record.value)
                if isinstance(message, QueryV1):
                    service.queries.append(message)
                else:
                    service.cancellations.append(message)
                for said in script(message):
                    topic = topics.answers if isinstance(said, AnswerV1) else topics.progress
                    await producer.send_and_wait(topic, said.model_dump_json().encode(), key=said.query_id.encode())

        serving = asyncio.create_task(serve())
        try:
            yield service
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)


def step(query: QueryV1, stage: Stage, **detail: object) -> ProgressV1:
    """Give a step of a query."""
    return ProgressV1(query_id=query.query_id or "", tenant=query.tenant, stage=stage, at_ms=0, detail=detail)


def routed(query: QueryV1, text: str = "42") -> AnswerV1:
    """Give a completed answer, routed to the model `able`."""
    return AnswerV1(
        query_id=query.query_id or "",
        status="completed",
        text=text,
        reason="able is the best",
        route="route",
        models=ModelsV1(answer="able", experts=("able", "baker")),
        bill=BillV1(cost_usd=0.002, prompt_tokens=10, completion_tokens=20),
        timings=TimingsV1(answered_ms=120.0),
        trace_id="0af7651916cd43dd8448eb211c80319c",
        metadata=query.metadata,
    )
