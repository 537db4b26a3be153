"""FastStream's broker, set up so that handlers get batches of records as they are (ENGINEERING.md 0, 1, 11)."""

import dataclasses
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from jisi.messaging.records import Record
from jisi.messaging.settings import RETRY_BACKOFF_MS, KafkaSettings

Work = Callable[[Sequence[Record]], Awaitable[None]]

HEARTBEAT_MS = 1_000
"""A member learns by its heartbeat that the group is rebalancing: for as long, the group stands still."""
DRAIN_SECONDS = 20.0
"""How long a running handler may go on when the process is told to stop."""


def create_broker(settings: KafkaSettings) -> KafkaBroker:
    """Make the broker of a process; it is connected by `start`."""
    log = logging.getLogger("jisi.kafka")
    log.setLevel(logging.WARNING)  # FastStream tells of every task it starts and ends
    return KafkaBroker(
        settings.kafka,
        apply_types=False,
        graceful_timeout=DRAIN_SECONDS,
        allow_auto_create_topics=False,
        retry_backoff_ms=RETRY_BACKOFF_MS,
        logger=log,
    )


def subscribe(broker: KafkaBroker, settings: KafkaSettings, *, topic: str, group: str, work: Work) -> None:
    """Have `work` called with each batch of a topic; the offsets are committed when it returns, not when it raises."""
    subscriber = broker.subscriber(
        topic,
        group_id=group,
        batch=True,
        max_records=settings.max_records,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        auto_offset_reset="earliest",
        session_timeout_ms=settings.session_timeout_ms,
        heartbeat_interval_ms=HEARTBEAT_MS,
        parser=_records_as_they_are,
        decoder=_records_of,
        group_instance_id=None if settings.instance is None else f"{settings.instance}-{topic}",
    )
    subscriber(work)


async def _records_as_they_are(raw: Any, original: Callable[[Any], Awaitable[Any]]) -> Any:  # noqa: ANN401 - untyped
    """Parse a batch without its headers, which FastStream would decode and stumble over."""
    message = await original(tuple(dataclasses.replace(record, headers=()) for record in raw))
    message.raw_message = raw
    return message


async def _records_of(message: Any) -> list[Record]:  # noqa: ANN401 - FastStream's message of a batch
    return [Record.from_consumer(raw) for raw in message.raw_message]
