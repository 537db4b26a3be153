"""The client: what a user's own program needs to ask and to listen."""

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from pydantic import BaseModel, ValidationError

from jisi.client.errors import KafkaUnreachableError, NoAnswerError, QueryTooLargeError
from jisi.client.reading import LARGEST_RECORD_BYTES, Positions, end_positions, reading_from
from jisi.contracts.answer import AnswerV1
from jisi.contracts.metadata import tenant_of
from jisi.contracts.progress import ProgressV1
from jisi.contracts.query import CancelV1, MalformedQueryError, QueryV1, parse_query
from jisi.contracts.topics import Topics
from jisi.messaging.connection import KafkaConnection, KafkaSecurity
from jisi.messaging.unreachable import why_unreachable

REMEMBERED_ANSWERS = 100_000
"""Ids of answers by which repeats are recognised; a repeat follows its answer closely, or is of a query asked again."""

_NOT_CONNECTED = "The client is not connected: use it as `async with JisiClient(...) as jisi`."

T = TypeVar("T", bound=BaseModel)

Key = tuple[str, str]
"""Tenant and id: two tenants may use the same id."""


class JisiClient:
    """A connection to JiSi's public topics: `async with JisiClient("host:9092") as jisi`.

    It needs no consumer group. Everything published after it was entered is seen: by `ask`, and by `answers` and
    `progress` even if they are begun later.
    """

    def __init__(self, kafka: str, prefix: str = "", *, security: KafkaSecurity | None = None) -> None:
        """Nothing is connected before entering.

        Args:
            kafka: host:port of one or more brokers, separated by commas.
            prefix: that of the topics, if the cluster is shared.
            security: encryption and user; None: connections are plain.
        """
        self._kafka = KafkaConnection(kafka, security or KafkaSecurity())
        self._topics = Topics(prefix)
        self._producer: AIOKafkaProducer | None = None
        self._starts: dict[str, Positions] = {}
        self._consumers: set[AIOKafkaConsumer] = set()
        self._waiting: dict[Key, list[asyncio.Future[AnswerV1]]] = {}
        self._reader: asyncio.Task[None] | None = None
        self._log = logging.getLogger(__name__)

    async def __aenter__(self) -> Self:
        """Connect.

        Raises:
            KafkaUnreachableError: no broker answers, or none lets us in; says why.
            InputError: a file that `security` names is not what it should be.
            TopicMissingError: Kafka holds none of JiSi's topics.
        """
        producer = AIOKafkaProducer(
            **self._kafka.options(), acks="all", max_request_size=LARGEST_RECORD_BYTES, linger_ms=0
        )
        try:
            await producer.start()
            topics = (self._topics.answers, self._topics.progress)
            self._starts = await end_positions(producer, self._kafka, topics)
        except BaseException as error:
            await producer.stop()
            if isinstance(error, KafkaError):
                raise KafkaUnreachableError(await why_unreachable(self._kafka, error)) from error
            raise
        self._producer = producer
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
            self._reader = None
        for consumer in list(self._consumers):
            await consumer.stop()
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None

    async def submit(self, query: QueryV1 | str | Mapping[str, Any]) -> str:
        """Publish a query, wait until Kafka has it, and give its id; one is made where the query has none.

        A query is a text, a body such as `{"query": "...", "max_cost_usd": 0.01}`, an OpenAI chat body, or a `QueryV1`.
        The same id and body again is no new query: the stored answer is published again.

        Raises:
            MalformedQueryError: names the field that is wrong.
            QueryTooLargeError: above 8 MiB.
            KafkaUnreachableError: not known to be published.
        """
        query_id, prepared = _prepared(query)
        await self._send(query_id, _body(prepared))
        return query_id

    async def ask(self, query: QueryV1 | str | Mapping[str, Any], *, timeout_seconds: float | None = None) -> AnswerV1:
        """Publish a query and wait for its answer, which may be a failed one: look at `status`.

        Raises:
            NoAnswerError: none came within `timeout_seconds` (None: wait for ever; the answer comes by its deadline).
            Others as `submit`.
        """
        query_id, prepared = _prepared(query)
        key = (prepared.tenant, query_id)
        answered: asyncio.Future[AnswerV1] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(answered)
        self._read_answers()
        try:
            await self._send(query_id, _body(prepared))
            async with asyncio.timeout(timeout_seconds):
                return await answered
        except TimeoutError as error:
            raise NoAnswerError(
                f"No answer to query {query_id} came within {timeout_seconds:g} s. It may still come: ask "
                "again with the same id to get it."
            ) from error
        finally:
            waiting = self._waiting[key]
            waiting.remove(answered)
            if not waiting:
                del self._waiting[key]

    async def cancel(self, query_id: str, *, tenant: str = "") -> None:
        """Ask for a query to be stopped; it is then answered `failed` with the code `cancelled`, unless it was."""
        metadata = {"tenant": tenant} if tenant else {}
        cancellation = parse_query(json.dumps({"cancel": query_id, "metadata": metadata}).encode())
        assert isinstance(cancellation, CancelV1)
        await self._send(query_id, _body(cancellation))

    async def answers(self) -> AsyncGenerator[AnswerV1, None]:
        """Yield every answer published since the client was entered, whoever asked, once each."""
        seen: OrderedDict[Key, None] = OrderedDict()
        async with aclosing(self._messages(self._topics.answers, AnswerV1)) as messages:
            async for answer in messages:
                key = _key(answer)
                if key in seen:
                    continue
                seen[key] = None
                if len(seen) > REMEMBERED_ANSWERS:
                    seen.popitem(last=False)
                yield answer

    async def progress(self) -> AsyncGenerator[ProgressV1, None]:
        """Yield every step of every query since the client was entered; best effort, for people to see."""
        async with aclosing(self._messages(self._topics.progress, ProgressV1)) as messages:
            async for step in messages:
                yield step

    async def _messages(self, topic: str, contract: type[T]) -> AsyncGenerator[T, None]:
        """Yield what a topic holds, leaving out what is not of the contract: a reader must survive any record."""
        if topic not in self._starts:
            raise RuntimeError(_NOT_CONNECTED)
        consumer = await reading_from(self._kafka, self._starts[topic])
        self._consumers.add(consumer)
        try:
            async for record in consumer:
                try:
                    message = contract.model_validate_json(record.value or b"")
                except ValidationError:
                    place = f"{record.topic}/{record.partition}/{record.offset}"
                    self._log.warning("%s is no %s: left out", place, contract.__name__)
                else:
                    yield message
        finally:
            self._consumers.discard(consumer)
            await consumer.stop()

    def _read_answers(self) -> None:
        """Have one task hand out answers to whoever waits for them."""
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._hand_out(), name="jisi answers")

    async def _hand_out(self) -> None:
        try:
            async with aclosing(self._messages(self._topics.answers, AnswerV1)) as messages:
                async for answer in messages:
                    for waiting in self._waiting.get(_key(answer), ()):
                        if not waiting.done():
                            waiting.set_result(answer)
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it
            for waiting in (one for group in self._waiting.values() for one in group if not one.done()):
                waiting.set_exception(error)

    async def _send(self, query_id: str, body: str) -> None:
        if self._producer is None:
            raise RuntimeError(_NOT_CONNECTED)
        try:
            await self._producer.send_and_wait(self._topics.queries, body.encode(), key=query_id.encode())
        except MessageSizeTooLargeError as error:
            raise QueryTooLargeError(
                f"The query has {len(body.encode())} bytes; the queries topic takes {LARGEST_RECORD_BYTES}."
            ) from error
        except KafkaError as error:
            raise KafkaUnreachableError(await why_unreachable(self._kafka, error)) from error


def _prepared(query: QueryV1 | str | Mapping[str, Any]) -> tuple[str, QueryV1]:
    """Give the query checked as a service will check it, and with an id."""
    match query:
        case QueryV1():
            checked: QueryV1 | CancelV1 = query
        case str():
            checked = parse_query(json.dumps({"query": query}).encode())
        case _:
            checked = parse_query(json.dumps(query).encode())
    if isinstance(checked, CancelV1):
        raise MalformedQueryError("this is a cancellation: use `cancel`", query_id=checked.cancel)
    query_id = checked.query_id or str(uuid4())
    return query_id, checked.model_copy(update={"query_id": query_id})


def _body(message: QueryV1 | CancelV1) -> str:
    return message.model_dump_json(exclude_defaults=True)


def _key(answer: AnswerV1) -> Key:
    return tenant_of(answer.metadata), answer.query_id
