"""Publish records: hand all over, then await all acknowledgements (ENGINEERING.md 11)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from jisi.errors import TransientError
from jisi.messaging.records import TRACEPARENT
from jisi.messaging.topics import MAX_MESSAGE_BYTES

Headers = Sequence[tuple[str, bytes]]


class KafkaUnavailableError(TransientError):
    """Kafka did not take a record in time: check that it runs and that JISI_KAFKA is right."""

    code = "kafka_unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A record to be published."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


def trace_headers(traceparent: str | None) -> Headers:
    """Give the header that carries the trace on; none without a trace."""
    return () if traceparent is None else ((TRACEPARENT, traceparent.encode()),)


class Publisher:
    """The process's one producer: acks from all replicas, no linger, no idempotence (ENGINEERING.md 1.4)."""

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka
        self._producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Connect.

        Raises:
            KafkaUnavailableError: no broker answers.
        """
        producer = AIOKafkaProducer(
            bootstrap_servers=self._kafka, acks="all", linger_ms=0, max_request_size=MAX_MESSAGE_BYTES
        )
        try:
            await producer.start()
        except KafkaError as error:
            await producer.stop()
            raise KafkaUnavailableError(f"Kafka at {self._kafka} does not answer: {error}") from error
        self._producer = producer

    async def stop(self) -> None:
        """Send what is pending and disconnect."""
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None

    async def publish(
        self, publications: Sequence[Publication], *, timeout_seconds: float = 5.0
    ) -> list[BaseException | None]:
        """Publish all; gives for each None once it is acknowledged, or why it is not known to be."""
        if self._producer is None:
            return [KafkaUnavailableError("the producer is not connected") for _ in publications]
        return await asyncio.gather(
            *(self._send(self._producer, publication, timeout_seconds) for publication in publications)
        )

    async def publish_or_raise(self, publications: Sequence[Publication]) -> None:
        """Publish all.

        Raises:
            KafkaUnavailableError: one of them is not known to be acknowledged.
        """
        for failure in await self.publish(publications):
            if failure is not None:
                raise KafkaUnavailableError(f"a record was not acknowledged: {failure}") from failure

    @staticmethod
    async def _send(
        producer: AIOKafkaProducer, publication: Publication, timeout_seconds: float
    ) -> BaseException | None:
        try:
            async with asyncio.timeout(timeout_seconds):
                acknowledged = await producer.send(
                    publication.topic,
                    value=publication.value,
                    key=publication.key,
                    headers=list(publication.headers),
                )
                await acknowledged
        except (KafkaError, TimeoutError) as error:
            return error
        return None
