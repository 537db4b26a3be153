"""Offsets are committed a moment after their records were worked, many at once.

A commit costs consumer and broker as much as a record does, and the next batch waits for it; yet it only saves work:
what is delivered again after a crash was done before, and is seen to have been (ENGINEERING.md 0).
"""

import asyncio
import logging
from collections.abc import Collection, Sequence
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

COMMIT_AFTER_SECONDS = 0.2
COMMIT_WITHIN_SECONDS = 5.0
"""While Kafka is down aiokafka would try for ever, and keep a process from ending."""


class Commits(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """The offsets of one consumer that are worked and not committed yet.

    They are committed at the latest when a partition goes to another member, and when the consumer stops.
    """

    def __init__(self) -> None:
        self._consumer: Any = None
        self._due: dict[TopicPartition, int] = {}
        self._later: asyncio.Task[None] | None = None
        self._stopping = False
        self._log = logging.getLogger(__name__)

    async def worked(self, consumer: Any, records: Sequence[Any]) -> None:  # noqa: ANN401 - aiokafka has no types
        """Note a batch whose records were worked."""
        self._consumer = consumer
        for record in records:
            self._due[TopicPartition(record.topic, record.partition)] = record.offset + 1
        if self._stopping:
            await self.commit()
        elif self._later is None:
            self._later = asyncio.create_task(self._commit_later(), name="offsets")

    async def commit(self) -> None:
        """Commit what is due of the partitions that are still ours; what cannot be is delivered again some time."""
        due, self._due = self._due, {}
        if self._consumer is None:
            return
        ours = self._consumer.assignment()
        offsets = {partition: offset for partition, offset in due.items() if partition in ours}
        if not offsets:
            return
        try:
            async with asyncio.timeout(COMMIT_WITHIN_SECONDS):
                await self._consumer.commit(offsets)
        except (KafkaError, TimeoutError) as error:
            self._log.warning("offsets were not committed: %s", str(error) or type(error).__name__)
            self._due = offsets | self._due

    async def stop(self) -> None:
        """Commit what is due, and from now on every batch as soon as it is worked."""
        self._stopping = True
        if self._later is not None:
            self._later.cancel()
            await asyncio.gather(self._later, return_exceptions=True)
        await self.commit()

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Commit before partitions go to another member, which would work their records again."""
        if revoked:
            await self.commit()

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Nothing is to be done: positions are those committed."""

    async def _commit_later(self) -> None:
        while self._due:
            await asyncio.sleep(COMMIT_AFTER_SECONDS)
            await self.commit()
        self._later = None
