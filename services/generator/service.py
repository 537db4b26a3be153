"""Ask experts: one paid call a model, outside the handler, and tell the router of each response."""

import asyncio
from collections.abc import Sequence

from jisi.contracts.events import GenerationV1, ResponseV1
from jisi.contracts.progress import ProgressV1
from jisi.contracts.topics import Topics
from jisi.database import driver_connection
from jisi.ledger.calls import Prompt
from jisi.ledger.outbox import Outbox
from jisi.ledger.outcomes import Outcome, enter_outcomes, final_queries
from jisi.ledger.settlement import tell_settled_bills
from jisi.ledger.tasks import NewTask, Task
from jisi.llm.aggregation import expert_headers
from jisi.messaging.guard import Delivery
from jisi.messaging.progress import ProgressEvents, progress
from jisi.runtime.calling import Calling
from sqlalchemy.ext.asyncio import AsyncEngine


class GenerateResponse:
    """Takes on experts' tasks and works them."""

    def __init__(
        self, *, engine: AsyncEngine, calling: Calling, outbox: Outbox, progress: ProgressEvents, topics: Topics
    ) -> None:
        self._engine = engine
        self._calling = calling
        self._outbox = outbox
        self._progress = progress
        self._topics = topics
        self._worker = calling.worker("expert", self._call, self._enter)

    async def take(self, batch: Sequence[Delivery[GenerationV1]]) -> None:
        """Take on a batch of events; an expert already asked is not asked again."""
        unique = {(delivery.content.query, delivery.content.model): delivery for delivery in batch}
        await self._worker.insert(
            [
                NewTask(
                    query_uid=delivery.content.query,
                    kind="expert",
                    model=delivery.content.model,
                    wave=delivery.content.wave,
                    run=self._worker.take_slot(delivery.content.model),
                    traceparent=delivery.span.carrier,
                )
                for delivery in unique.values()
            ]
        )

    async def _call(self, task: Task, useless: asyncio.Event) -> Outcome:
        spec = self._calling.capacity.spec(task.model)
        prompt = Prompt(messages=task.chat, headers=expert_headers(query_id=task.query_id))
        return await self._calling.caller.attempt(task, spec, prompt, useless)

    async def _enter(self, outcomes: Sequence[Outcome]) -> None:
        events = [
            self._outbox.outgoing(
                outcome.task.query_uid,
                self._topics.responses,
                ResponseV1(query=outcome.task.query_uid, model=outcome.task.model, wave=outcome.task.wave).encode(),
                outcome.task.traceparent,
            )
            for outcome in outcomes
        ]
        async with driver_connection(self._engine, autocommit=True) as connection:
            entered = await enter_outcomes(connection, outcomes, events)
        told = [
            event
            for outcome, event in zip(outcomes, events, strict=True)
            if outcome.final and outcome.task.id in entered
        ]
        await self._outbox.publish(told, moved=final_queries(outcomes, entered))
        self._progress.emit([_progress_of(outcome) for outcome in outcomes if outcome.task.id in entered])
        await tell_settled_bills(self._engine, self._progress, outcomes, entered)


def _progress_of(outcome: Outcome) -> ProgressV1:
    task = outcome.task
    if not outcome.final:
        seconds = outcome.retry_after_seconds
        return progress(task.query_id, task.tenant, "retrying", model=task.model, code=outcome.code, seconds=seconds)
    return progress(
        task.query_id,
        task.tenant,
        "response",
        model=task.model,
        usable=outcome.usable,
        code=outcome.code,
        seconds=round(outcome.seconds, 3),
        cost_usd=outcome.cost,
    )
