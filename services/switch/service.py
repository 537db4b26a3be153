"""Decide: route or aggregate (ALGORITHM.md 4)."""

from collections.abc import Sequence
from dataclasses import asdict
from uuid import UUID

from jisi.contracts.answer import DegradedReason
from jisi.contracts.events import AggregationV1, CandidatesV1
from jisi.contracts.progress import ProgressV1
from jisi.contracts.topics import Topics
from jisi.database import driver_connection
from jisi.ledger.context import QueryContext, load_contexts
from jisi.ledger.drafts import failed, routed
from jisi.ledger.outbox import Outbox
from jisi.ledger.writer import AnswerWriter, Conclusion
from jisi.messaging.guard import Delivery
from jisi.messaging.progress import ProgressEvents, progress
from jisi.routing.switch import Decision, decide
from jisi.telemetry.tracing import Tracing
from sqlalchemy.ext.asyncio import AsyncEngine

from services.switch.store import Aggregation, begin_aggregations


class DecideAnswer:
    """Takes queries whose candidates stand; answers them or hands them to the aggregator."""

    def __init__(
        self,
        *,
        engine: AsyncEngine,
        outbox: Outbox,
        writer: AnswerWriter,
        progress: ProgressEvents,
        tracing: Tracing,
        topics: Topics,
    ) -> None:
        self._engine = engine
        self._outbox = outbox
        self._writer = writer
        self._progress = progress
        self._tracing = tracing
        self._topics = topics

    async def decide(self, batch: Sequence[Delivery[CandidatesV1]]) -> None:
        """Decide a batch; a query that is past its decision is left alone."""
        parents = {delivery.content.query: delivery.span.carrier for delivery in batch}
        async with driver_connection(self._engine, autocommit=True) as connection:
            contexts = await load_contexts(connection, list(parents))
        decided = [
            (context, self._decision(context, parents[uid]))
            for uid, context in contexts.items()
            if context.state == "switching" and context.standing is not None
        ]
        answers = [
            conclusion_of(context, decision, parents[context.uid])
            for context, decision in decided
            if decision.kind != "aggregate"
        ]
        await self._writer.write(answers)
        fusions = [(context, decision) for context, decision in decided if decision.kind == "aggregate"]
        await self._hand_over(fusions, parents)

    def _decision(self, context: QueryContext, parent: str) -> Decision:
        assert context.standing is not None, "checked before"
        span = self._tracing.stage("jisi.switch", parent, links=context.expert_traces)
        calls_left = 0 if context.money_left == 0.0 and context.max_cost is not None else context.calls_left
        decision = decide(
            context.standing,
            context.replies,
            context.settings,
            mode=context.mode,
            calls_left=calls_left,
            short_of_calls=context.short_of_calls or context.unaffordable,
        )
        span.attributes["jisi.decision"] = decision.kind
        span.attributes["jisi.references"] = list(decision.references)
        self._tracing.end(span)
        return decision

    async def _hand_over(self, fusions: Sequence[tuple[QueryContext, Decision]], parents: dict[UUID, str]) -> None:
        if not fusions:
            return
        events = [
            self._outbox.outgoing(
                context.uid, self._topics.aggregation, AggregationV1(query=context.uid).encode(), parents[context.uid]
            )
            for context, _ in fusions
        ]
        aggregations = [Aggregation(uid=context.uid, decision=asdict(decision)) for context, decision in fusions]
        async with driver_connection(self._engine, autocommit=True) as connection:
            moved = await begin_aggregations(connection, aggregations, events)
        self._progress.emit([_decided(context, decision) for context, decision in fusions if context.uid in moved])
        await self._outbox.publish(events, moved=moved)


def conclusion_of(context: QueryContext, decision: Decision, parent: str) -> Conclusion:
    """Answer with the routed response, or fail for want of any."""
    degraded: list[DegradedReason] = [reason for reason in ("no_evidence", "budget") if reason in decision.degraded]
    if decision.answer is None:
        code = "budget" if context.unaffordable else "no_usable_response"
        verdict = failed(decision.reason, code)
    else:
        verdict = routed(context, decision.answer, reason=decision.reason, degraded=degraded)
    return Conclusion(
        context=context,
        verdict=verdict,
        parent=parent,
        decision=asdict(decision),
        steps=(_decided(context, decision),),
    )


def _decided(context: QueryContext, decision: Decision) -> ProgressV1:
    return progress(
        context.query_id,
        context.tenant,
        "decided",
        route="aggregate" if decision.kind == "aggregate" else "route",
        models=[decision.answer] if decision.answer else list(decision.references),
        reason=decision.reason,
    )
