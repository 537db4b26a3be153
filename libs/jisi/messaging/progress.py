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
GATHER_SECONDS = 0.1
"""How long steps are gathered before they are published together: nobody sees it, and the steps of a query leave the
producer to its events, for which somebody waits."""


def progress(query_id: str, tenant: str, stage: Stage, **detail: Any) -> ProgressV1:  # noqa: ANN401 - JSON values
    """Make the event of a step that was just taken."""
    return ProgressV1.model_construct(
        version=1, query_id=query_id, tenant=tenant, stage=stage, at_ms=time.time_ns() // 1_000_000, detail=detail
    )


class ProgressEvents:
    """Publishes progress without anybody waiting for it, what was gathered for a moment together."""

    def __init__(self, publisher: Publisher, topics: Topics) -> None:
        self._publisher = publisher
        self._topic = topics.progress
        self._gathered: list[ProgressV1] = []
        self._sending: set[asyncio.Task[None]] = set()
        self._in_flight = 0

    def emit(self, events: Sequence[ProgressV1]) -> None:
        """Publish in the background, a moment later."""
        if not events or self._in_flight + len(events) > MOST_PENDING:
            return
        if not self._gathered:
            asyncio.get_running_loop().call_later(GATHER_SECONDS, self._send)
        self._in_flight += len(events)
        self._gathered += events

    async def drain(self) -> None:
        """Send what is gathered, and wait for what is on its way."""
        self._send()
        if self._sending:
            await asyncio.wait(self._sending, timeout=5)

    def _send(self) -> None:
        if not self._gathered:
            return
        events, self._gathered = self._gathered, []
        task = asyncio.create_task(self._publish(events))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

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
