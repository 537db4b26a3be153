"""Write answers: from verdicts to rows, records and progress, for every service that ends a query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.contracts.answer import AnswerV1, DegradedReason
from jisi.contracts.events import Event, MalformedEventError, parse_event
from jisi.contracts.progress import ProgressV1
from jisi.contracts.topics import Topics
from jisi.database import driver_connection
from jisi.ledger.answers import FinalAnswer, enter_answers, stored_answer
from jisi.ledger.context import QueryContext, load_contexts
from jisi.ledger.drafts import Verdict, draft, make_do
from jisi.ledger.outbox import Outbox
from jisi.ledger.stages import stage_seconds
from jisi.messaging.progress import ProgressEvents, progress
from jisi.messaging.publisher import Publication, Publisher, trace_headers
from jisi.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """A query and what it is answered with."""

    context: QueryContext
    verdict: Verdict
    parent: str | None
    """Trace context of the work that came to it."""
    decision: dict[str, Any] | None = None
    """The switch's decision, where it is new."""
    steps: tuple[ProgressV1, ...] = ()
    """What is told before the answer, once it is entered."""


class AnswerWriter:
    """Enters answers and tells of them."""

    def __init__(
        self,
        *,
        engine: AsyncEngine,
        outbox: Outbox,
        publisher: Publisher,
        progress: ProgressEvents,
        metrics: Metrics,
        topics: Topics,
    ) -> None:
        self._engine = engine
        self._outbox = outbox
        self._publisher = publisher
        self._progress = progress
        self._metrics = metrics
        self._topics = topics

    async def write(self, conclusions: Sequence[Conclusion]) -> set[UUID]:
        """Answer the queries that have no answer yet; gives these."""
        if not conclusions:
            return set()
        now = datetime.now(UTC)
        finals = []
        for conclusion in conclusions:
            answer = draft(conclusion.context, conclusion.verdict, now=now)
            outgoing = self._outbox.outgoing(
                conclusion.context.uid,
                self._topics.answers,
                answer.model_dump_json(),
                conclusion.parent,
                key=answer.query_id,
            )
            finals.append(FinalAnswer(answer=answer, outgoing=outgoing, decision=conclusion.decision))
        async with driver_connection(self._engine, autocommit=True) as connection:
            entered = await enter_answers(connection, finals)
        await self._outbox.publish([final.outgoing for final in finals], moved=entered)
        told = [
            (conclusion, final.answer)
            for conclusion, final in zip(conclusions, finals, strict=True)
            if conclusion.context.uid in entered
        ]
        for conclusion, answer in told:
            self._measure(conclusion, answer)
        self._progress.emit(
            [step for conclusion, answer in told for step in (*conclusion.steps, _answered(conclusion.context, answer))]
        )
        return entered

    async def make_do(self, uids: Sequence[UUID], cause: DegradedReason, reason: str) -> set[UUID]:
        """Answer queries with what is there, because the method cannot be followed to its end."""
        async with driver_connection(self._engine, autocommit=True) as connection:
            contexts = await load_contexts(connection, uids)
        return await self.write(
            [
                Conclusion(context=context, verdict=make_do(context, cause, reason), parent=context.traceparent)
                for context in contexts.values()
                if context.state != "answered"
            ]
        )

    async def give_up(self, value: bytes | None, error: Exception) -> None:
        """Answer the query of an internal event that was dead-lettered, if it can be told which."""
        try:
            uid = parse_event(Event, value).query
        except MalformedEventError:
            return
        await self.make_do([uid], "internal_error", f"a stage could not be worked: {type(error).__name__}")

    async def publish_again(self, uid: UUID, query_id: str, traceparent: str | None) -> bool:
        """Publish the stored answer of a query once more; false if there is none yet."""
        async with driver_connection(self._engine, autocommit=True) as connection:
            body = await stored_answer(connection, uid)
        if body is None:
            return False
        again = Publication(
            topic=self._topics.answers,
            key=query_id.encode(),
            value=body.encode(),
            headers=trace_headers(traceparent),
        )
        await self._publisher.publish_or_raise([again])
        self._metrics.repeated_answers.labels("same_query").inc()
        return True

    def _measure(self, conclusion: Conclusion, answer: AnswerV1) -> None:
        reason = answer.code or next(iter(answer.degraded), "")
        self._metrics.queries.labels(answer.status, reason).inc()
        self._metrics.query_seconds.labels(answer.route or "none").observe(answer.timings.answered_ms / 1000)
        decided = conclusion.decision is not None
        for stage, seconds in stage_seconds(conclusion.context, answer, decided=decided):
            self._metrics.stages[stage].observe(seconds)


def _answered(context: QueryContext, answer: AnswerV1) -> ProgressV1:
    return progress(
        context.query_id,
        context.tenant,
        "answered",
        status=answer.status,
        route=answer.route,
        model=answer.models.answer,
        cost_usd=answer.bill.cost_usd,
        final=answer.bill.final,
        code=answer.code,
    )
