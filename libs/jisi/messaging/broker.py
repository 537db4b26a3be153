"""FastStream's broker, set up so that handlers get batches of records as they are (ENGINEERING.md 0, 1, 11)."""

import dataclasses
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import chain
from typing import Any

from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from jisi.messaging.commits import Commits
from jisi.messaging.connection import KafkaSecurity, Mechanism
from jisi.messaging.records import Record
from jisi.messaging.settings import RETRY_BACKOFF_MS, KafkaSettings

Work = Callable[[Sequence[Record]], Awaitable[None]]

HEARTBEAT_MS = 1_000
"""A member learns by its heartbeat that the group is rebalancing: for as long, the group stands still."""
FETCH_WAIT_MS = 100
"""How long Kafka holds back an empty answer. A record that comes while its partition is left out of a request, because
an earlier one of it was still being worked, waits for the end of that request: 500 ms by default."""
WAIT_MS = 1_000
"""How long the next batch is waited for at once, before it is waited for again."""
DRAIN_SECONDS = 20.0
"""How long a running handler may go on when the process is told to stop."""


def create_broker(settings: KafkaSettings) -> KafkaBroker:
    """Make the broker of a process; it is connected by `start`."""
    log = logging.getLogger("jisi.kafka")
    log.setLevel(logging.WARNING)  # FastStream tells of every task it starts and ends
    return KafkaBroker(
        settings.kafka,
        security=_security(settings.security),
        apply_types=False,
        graceful_timeout=DRAIN_SECONDS,
        allow_auto_create_topics=False,
        retry_backoff_ms=RETRY_BACKOFF_MS,
        logger=log,
    )


def subscribe(broker: KafkaBroker, settings: KafkaSettings, *, topic: str, group: str, work: Work) -> Any:  # noqa: ANN401
    """Have `work` called with each batch of a topic; offsets are committed once it has returned, not when it raises.

    Gives FastStream's subscriber, whose consumer tells how far it is (`jisi.messaging.lag`).
    """
    commits = Commits()
    subscriber = broker.subscriber(
        topic,
        group_id=group,
        batch=True,
        max_records=settings.max_records,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        auto_offset_reset="earliest",
        session_timeout_ms=settings.session_timeout_ms,
        heartbeat_interval_ms=HEARTBEAT_MS,
        fetch_max_wait_ms=FETCH_WAIT_MS,
        listener=commits,
        parser=partial(_records_as_they_are, commits),
        decoder=_records_of,
        group_instance_id=None if settings.instance is None else f"{settings.instance}-{topic}",
    )
    # FastStream itself sleeps 0.2 s whenever it has waited 0.2 s in vain, and a record waits for the end of that.
    subscriber.get_msg = partial(_next_batch, settings.max_records)  # type: ignore[method-assign]
    subscriber.stop = partial(_stop, commits, subscriber.stop)  # type: ignore[method-assign]
    subscriber(work)
    return subscriber


def _security(security: KafkaSecurity) -> BaseSecurity:
    """Give what protects the connections as FastStream calls it."""
    context = security.ssl_context()
    if security.mechanism is None or security.username is None or security.password is None:
        return BaseSecurity(context)
    kinds: dict[Mechanism, type[SASLPlaintext | SASLScram256 | SASLScram512]] = {
        "PLAIN": SASLPlaintext,
        "SCRAM-SHA-256": SASLScram256,
        "SCRAM-SHA-512": SASLScram512,
    }
    return kinds[security.mechanism](security.username, security.password.get_secret_value(), context)


async def _stop(commits: Commits, stop: Callable[[], Awaitable[None]]) -> None:
    """Commit what was worked, then let the running batch end, which is committed at once, and leave the group."""
    await commits.stop()
    await stop()


async def _next_batch(max_records: int, consumer: Any) -> tuple[Any, ...]:  # noqa: ANN401 - aiokafka has no types
    """Wait for the next batch, as soon as there is a record."""
    while not (found := await consumer.getmany(timeout_ms=WAIT_MS, max_records=max_records)):
        pass
    return tuple(chain.from_iterable(found.values()))


async def _records_as_they_are(
    commits: Commits,
    raw: Any,  # noqa: ANN401 - untyped
    original: Callable[[Any], Awaitable[Any]],
) -> Any:  # noqa: ANN401 - untyped
    """Parse a batch without its headers, which FastStream would decode and stumble over."""
    message = await original(tuple(dataclasses.replace(record, headers=()) for record in raw))
    message.raw_message = raw
    message.ack = partial(commits.worked, message.consumer, raw)  # FastStream's own commits after every batch
    return message


async def _records_of(message: Any) -> list[Record]:  # noqa: ANN401 - FastStream's message of a batch
    return [Record.from_consumer(raw) for raw in message.raw_message]
