"""Stage events for people and consoles: best effort, after the commit, never waited for and never in the outbox."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from jisi.contracts.progress import ProgressV1, Stage
from jisi.contracts.topics import Topics
from jisi.messaging.publisher import Publication, Publisher

MOST_PENDING = 10_000
"""Events in flight above which new ones are dropped: a console may miss a step, a service may not fall behind."""


def progress(query_id: str, tenant: str, stage: Stage, **detail: Any) -> ProgressV1:  # noqa: ANN401 - JSON values
    """Make the event of a step that was just taken."""
    return ProgressV1.model_construct(
        version=1, query_id=query_id, tenant=tenant, stage=stage, at_ms=time.time_ns() // 1_000_000, detail=detail
    )


class ProgressEvents:
    """Publishes progress without anybody waiting for it."""

    def __init__(self, publisher: Publisher, topics: Topics) -> None:
        self._publisher = publisher
        self._topic = topics.progress
        self._pending: set[asyncio.Task[object]] = set()
        self._in_flight = 0

    def emit(self, events: Sequence[ProgressV1]) -> None:
        """Publish in the background."""
        if not events or self._in_flight + len(events) > MOST_PENDING:
            return
        self._in_flight += len(events)
        task = asyncio.create_task(self._publish(events))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def drain(self) -> None:
        """Wait for what is on its way."""
        if self._pending:
            await asyncio.wait(self._pending, timeout=5)

    async def _publish(self, events: Sequence[ProgressV1]) -> None:
        try:
            await self._publisher.publish(
                [
                    Publication(topic=self._topic, key=event.query_id.encode(), value=event.model_dump_json().encode())
                    for event in events
                ]
            )
        finally:
            self._in_flight -= len(events)
