"""Publish records: hand all over, then await all acknowledgements (ENGINEERING.md 11)."""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from aiokafka.partitioner import murmur2

from jisi.errors import PermanentError, TransientError
from jisi.messaging.connection import KafkaConnection
from jisi.messaging.records import TRACEPARENT
from jisi.messaging.settings import RETRY_BACKOFF_MS
from jisi.messaging.topics import MAX_DEAD_LETTER_BYTES
from jisi.messaging.unreachable import why_unreachable

STEADY_AFTER_SECONDS = 4.0
"""After Kafka's return the producers of all processes send what they still hold; on a machine on which Kafka has just
been started that takes them seconds."""
_ANSWERS_WITHIN_SECONDS = 2.0

Headers = Sequence[tuple[str, bytes]]


class KafkaUnavailableError(TransientError):
    """Kafka did not take a record in time: check that it runs and that JISI_KAFKA is right."""

    code = "kafka_unavailable"


class RecordTooLargeError(PermanentError):
    """A record is larger than its topic takes (`max.message.bytes`): it can never be published as it is."""

    code = "record_too_large"


class UnacknowledgedError(KafkaUnavailableError):
    """Kafka has not answered yet; the record is still on its way, and `acknowledged` is done when that is over."""

    def __init__(self, message: str, acknowledged: asyncio.Future[object]) -> None:
        super().__init__(message)
        self.acknowledged = acknowledged


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

    def __init__(self, kafka: KafkaConnection) -> None:
        self._kafka = kafka
        self._producer: AIOKafkaProducer | None = None
        self._silent_at = -STEADY_AFTER_SECONDS

    async def start(self) -> None:
        """Connect.

        Raises:
            KafkaUnavailableError: no broker answers.
        """
        producer = AIOKafkaProducer(
            **self._kafka.options(),
            acks="all",
            linger_ms=0,
            max_request_size=MAX_DEAD_LETTER_BYTES,
            partitioner=_partition,
            retry_backoff_ms=RETRY_BACKOFF_MS,
        )
        try:
            await producer.start()
        except KafkaError as error:
            await producer.stop()
            raise KafkaUnavailableError(await why_unreachable(self._kafka, error)) from error
        self._producer = producer

    async def stop(self) -> None:
        """Send what is pending and disconnect."""
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None

    async def publish(
        self, publications: Sequence[Publication], *, timeout_seconds: float = 5.0
    ) -> list[BaseException | None]:
        """Publish all; gives for each None once it is acknowledged, or why it is not known to be.

        All are handed over before any is waited for, and without a task each, which would cost more than the sending.
        """
        if self._producer is None:
            return [KafkaUnavailableError("the producer is not connected") for _ in publications]
        late = TimeoutError(f"not acknowledged within {timeout_seconds:g} s")
        outcomes: list[BaseException | None] = [late for _ in publications]
        sent: dict[asyncio.Future[object], int] = {}
        deadline = asyncio.get_running_loop().time() + timeout_seconds
        with suppress(TimeoutError):
            async with asyncio.timeout_at(deadline):
                for place, publication in enumerate(publications):
                    try:
                        sent[await self._hand_over(self._producer, publication)] = place
                    except KafkaError as error:
                        outcomes[place] = _told(error, publication)
        if sent:
            left = max(0.0, deadline - asyncio.get_running_loop().time())
            acknowledged, unknown = await asyncio.wait(sent, timeout=left)
            for future in acknowledged:
                failure = late if future.cancelled() else future.exception()
                outcomes[sent[future]] = _told(failure, publications[sent[future]])
            for future in unknown:
                future.add_done_callback(_failure_of)  # asked for, so that nobody complains that it was not
                outcomes[sent[future]] = UnacknowledgedError(str(late), future)
        if any(outcome is not None and not isinstance(outcome, RecordTooLargeError) for outcome in outcomes):
            self._silent_at = time.monotonic()
        return outcomes

    async def is_steady(self) -> bool:
        """Whether Kafka answers, and has for long enough that nothing is on its way any more which could have arrived.

        Until then a record of another process may be published by that process itself: published here too, it would
        come twice.
        """
        if self._producer is None:
            return False
        try:
            async with asyncio.timeout(_ANSWERS_WITHIN_SECONDS):
                await self._producer.client.fetch_all_metadata()
        except (KafkaError, TimeoutError):
            self._silent_at = time.monotonic()
        return time.monotonic() - self._silent_at >= STEADY_AFTER_SECONDS

    async def publish_or_raise(self, publications: Sequence[Publication]) -> None:
        """Publish all.

        Raises:
            KafkaUnavailableError: one of them is not known to be acknowledged.
            RecordTooLargeError: one can never be.
        """
        for failure in await self.publish(publications):
            if isinstance(failure, RecordTooLargeError):
                raise failure
            if failure is not None:
                raise KafkaUnavailableError(f"a record was not acknowledged: {failure}") from failure

    @staticmethod
    async def _hand_over(producer: AIOKafkaProducer, publication: Publication) -> asyncio.Future[object]:
        """Put a record into the producer's buffer; gives what is done when it is acknowledged."""
        nothing = publication.key is None and publication.value is None  # which aiokafka refuses to send
        acknowledged: asyncio.Future[object] = await producer.send(
            publication.topic,
            value=b"" if nothing else publication.value,
            key=publication.key,
            headers=list(publication.headers),
        )
        return acknowledged


def _partition(key: bytes | None, partitions: Sequence[int], available: Sequence[int]) -> int:
    """Choose the partition that every Kafka client chooses by default."""
    if key is None:
        return random.choice(available or partitions)  # noqa: S311 - spreads the load
    return partitions[_hash(key) % len(partitions)]


@lru_cache(maxsize=4_096)
def _hash(key: bytes) -> int:
    """Hash a key as Kafka's own client does; remembered, for a query's records follow each other and this is slow."""
    return int(murmur2(key)) & 0x7FFFFFFF


def _told(failure: BaseException | None, publication: Publication) -> BaseException | None:
    """Give a failure as ours where it will not pass."""
    if not isinstance(failure, MessageSizeTooLargeError):
        return failure
    size = len(publication.value or b"")
    return RecordTooLargeError(f"{size} bytes are more than {publication.topic} takes: see its max.message.bytes")


def _failure_of(future: asyncio.Future[object]) -> BaseException | None:
    return None if future.cancelled() else future.exception()
