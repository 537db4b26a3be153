"""Fuse references: one call to the aggregator, the next in the ranking when it fails (ALGORITHM.md 2 and 5)."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from jisi.contracts.answer import CallV1, DegradedReason
from jisi.contracts.events import AggregationV1
from jisi.contracts.topics import Topics
from jisi.database import driver_connection
from jisi.ledger.calls import Prompt
from jisi.ledger.context import QueryContext, load_contexts
from jisi.ledger.drafts import OVERDUE, Verdict, make_do, routed
from jisi.ledger.outbox import Outbox
from jisi.ledger.outcomes import Outcome, enter_outcomes
from jisi.ledger.settlement import tell_settled_bills
from jisi.ledger.tasks import NewTask, Task
from jisi.ledger.writer import AnswerWriter, Conclusion
from jisi.llm.aggregation import AggregationPrompt, Reference, aggregation_headers, build_messages
from jisi.llm.errors import DeadlineExceeded
from jisi.llm.spec import ModelSpec
from jisi.messaging.guard import Delivery
from jisi.messaging.progress import ProgressEvents, progress
from jisi.routing.documents import plan_from_document, unpack
from jisi.runtime.calling import Calling
from sqlalchemy.ext.asyncio import AsyncEngine

from services.aggregator.settings import AggregatorSettings
from services.aggregator.store import plan_document_of

CONTEXTS_AT_HAND = 256
"""Queries handed over whose context is kept until the call begins, a moment later; the others are read again."""


class SynthesiseAnswer:
    """Takes on queries to be aggregated, and answers them whatever the aggregators do."""

    def __init__(
        self,
        *,
        engine: AsyncEngine,
        calling: Calling,
        outbox: Outbox,
        writer: AnswerWriter,
        progress: ProgressEvents,
        topics: Topics,
        settings: AggregatorSettings,
    ) -> None:
        self._engine = engine
        self._calling = calling
        self._outbox = outbox
        self._writer = writer
        self._progress = progress
        self._topics = topics
        self._settings = settings
        self._at_hand: dict[UUID, QueryContext] = {}
        self._worker = calling.worker("aggregator", self._call, self._enter)

    async def take(self, batch: Sequence[Delivery[AggregationV1]]) -> None:
        """Take on a batch; a query whose aggregator is at work already is left alone."""
        parents = {delivery.content.query: delivery.span.carrier for delivery in batch}
        contexts = await self._contexts(list(parents))
        idle = [context for context in contexts.values() if context.state == "aggregating" and not _at_work(context)]
        await self._try_next([(context, parents[context.uid], ()) for context in idle])

    async def _call(self, task: Task, useless: asyncio.Event) -> Outcome:
        context = self._at_hand.pop(task.query_uid, None) or (await self._contexts([task.query_uid]))[task.query_uid]
        spec = self._calling.capacity.spec(task.model)
        if spec is None or context.decision is None:
            return await self._calling.caller.attempt(task, None, Prompt(messages=task.chat), useless)
        most_output = self._most_output(spec)
        written = await self._prompt(context, spec, most_output)
        prompt = Prompt(
            messages=written.messages,
            temperature=self._settings.aggregation_temperature,
            max_tokens=most_output,
            links=context.expert_traces,
            headers=aggregation_headers(context.decision["references"][0], query_id=task.query_id),
        )
        outcome = await self._calling.caller.attempt(task, spec, prompt, useless)
        return replace(outcome, trimmed=written.trimmed)

    async def _prompt(self, context: QueryContext, spec: ModelSpec, most_output: int) -> AggregationPrompt:
        assert context.decision is not None, "checked by the caller"
        models = context.decision["references"]
        scores = await self._prior_scores(context.uid) if self._settings.aggregation_style == "with_score" else {}
        references = [
            Reference(
                model=model,
                text=context.responses[model].text,
                tokens=context.responses[model].reference_tokens,
                prior_score=scores.get(model, 0.0),
            )
            for model in models
        ]
        room = self._settings.aggregator_input_tokens
        if spec.limits.context_tokens is not None:
            room = min(room, spec.limits.context_tokens - most_output)
        return build_messages(
            context.chat, references, style=self._settings.aggregation_style, input_tokens=max(1, room)
        )

    def _most_output(self, spec: ModelSpec) -> int:
        """Longest fusion asked for; it leaves at least half of a small context to the references."""
        longest = min(self._settings.aggregation_max_tokens, spec.limits.max_tokens or 2**31)
        return longest if spec.limits.context_tokens is None else min(longest, spec.limits.context_tokens // 2)

    async def _prior_scores(self, uid: UUID) -> dict[str, float]:
        async with driver_connection(self._engine, autocommit=True) as connection:
            document = await plan_document_of(connection, uid)
        plan = plan_from_document(unpack(document))
        return {} if plan.priors is None else {model: plan.priors.score_of(model) for model in plan.models}

    async def _enter(self, outcomes: Sequence[Outcome]) -> None:
        """Answer with fusions that came out whole, pass the others on, then enter how the calls ended.

        In this order: should the process die in between, the answer stands and the call is not made again; whoever
        takes its task over enters it as the answer's bill has it.
        """
        final: dict[UUID, list[Outcome]] = {}
        for outcome in outcomes:
            if outcome.final:
                final.setdefault(outcome.task.query_uid, []).append(outcome)
        contexts = await self._contexts(list(final))
        fused, failed = [], []
        for uid, context in contexts.items():
            if context.state != "aggregating":
                continue
            ended = final[uid]
            whole = next((one for one in ended if one.status == "ok" and one.usable and not one.cut_off), None)
            parent = (whole or ended[-1]).task.traceparent or context.traceparent
            if whole is not None:
                fused.append(Conclusion(context=context, verdict=_fused(context, whole), parent=parent))
            elif not _at_work(context, besides={one.task.model for one in ended}):
                failed.append((context, parent, ended))
        answered = await self._writer.write(fused) | await self._try_next(failed)
        events = [
            self._outbox.outgoing(outcome.task.query_uid, self._topics.aggregation, "{}", outcome.task.traceparent)
            for outcome in outcomes
        ]
        async with driver_connection(self._engine, autocommit=True) as connection:
            entered = await enter_outcomes(connection, outcomes, events)
        # An answer given here has these calls on its bill already.
        late = [outcome for outcome in outcomes if outcome.task.query_uid not in answered]
        await tell_settled_bills(self._engine, self._progress, late, entered)

    async def _try_next(self, queries: Sequence[tuple[QueryContext, str | None, Sequence[Outcome]]]) -> set[UUID]:
        """Ask the next aggregator of each ranking; where none is left the best expert's own response answers.

        Gives the queries that were answered so.
        """
        tasks, conclusions = [], []
        now = datetime.now(UTC)
        for context, parent, ended in queries:
            model = next((model for model in context.aggregators if model not in context.aggregator_tasks), None)
            if model is None or context.deadline_at <= now or _was_cut_by_the_deadline(ended):
                conclusions.append(Conclusion(context=context, verdict=_unfused(context, ended), parent=parent))
                continue
            run = self._worker.take_slot(model)
            task = NewTask(query_uid=context.uid, kind="aggregator", model=model, wave=0, run=run, traceparent=parent)
            tasks.append(task)
            if run:
                self._keep_at_hand(context)
        if tasks:
            await self._worker.insert(tasks)
        answered = await self._writer.write(conclusions)
        asked = {task.query_uid: task.model for task in tasks}
        self._progress.emit(
            [
                progress(context.query_id, context.tenant, "aggregating", model=asked[context.uid])
                for context, _, _ in queries
                if context.uid in asked
            ]
        )
        return answered

    def _keep_at_hand(self, context: QueryContext) -> None:
        """Keep a context for the call that is about to begin; nothing the prompt is made of changes any more."""
        while len(self._at_hand) >= CONTEXTS_AT_HAND:
            del self._at_hand[next(iter(self._at_hand))]
        self._at_hand[context.uid] = context

    async def _contexts(self, uids: Sequence[UUID]) -> dict[UUID, QueryContext]:
        if not uids:
            return {}
        async with driver_connection(self._engine, autocommit=True) as connection:
            return await load_contexts(connection, uids)


def _at_work(context: QueryContext, *, besides: Collection[str] = ()) -> bool:
    """Whether an aggregator is at work, besides these.

    Where a call was made again, for its process had died, the next aggregator may have been asked already.
    """
    return any(
        state in ("ready", "running") for model, state in context.aggregator_tasks.items() if model not in besides
    )


def _was_cut_by_the_deadline(ended: Sequence[Outcome]) -> bool:
    """Whether a call ended with the query's time, a moment before or after the deadline's own timer fires."""
    return any(outcome.code == DeadlineExceeded.code for outcome in ended)


def _fused(context: QueryContext, outcome: Outcome) -> Verdict:
    assert context.decision is not None, "an aggregating query was decided"
    degraded: list[DegradedReason] = []
    if outcome.task.model != context.aggregators[0]:
        degraded.append("aggregator_replaced")
    if outcome.trimmed:
        degraded.append("references_trimmed")
    if "budget" in context.decision["degraded"]:
        degraded.append("budget")
    return Verdict(
        text=outcome.text,
        reason=context.decision["reason"],
        route="aggregate",
        answered_by=outcome.task.model,
        aggregator=outcome.task.model,
        references=tuple(context.decision["references"]),
        degraded=tuple(degraded),
        extra_calls=(_call_of(outcome),),
    )


def _unfused(context: QueryContext, ended: Sequence[Outcome]) -> Verdict:
    """Answer with the best expert's own response."""
    cause: DegradedReason = "aggregation_failed"
    reason = f"none of the {len(context.aggregator_tasks)} aggregators tried gave a whole fusion"
    if context.deadline_at <= datetime.now(UTC) or _was_cut_by_the_deadline(ended):
        cause, reason = "deadline", OVERDUE
    elif ended and ended[-1].code == "budget":
        cause, reason = "budget", "the money left does not pay for a fusion"
    references = () if context.decision is None else context.decision["references"]
    verdict = (
        routed(context, references[0], reason=reason, degraded=(cause,))
        if references
        else make_do(context, cause, reason)
    )
    return replace(verdict, extra_calls=tuple(_call_of(outcome) for outcome in ended if outcome.called))


def _call_of(outcome: Outcome) -> CallV1:
    """Make the bill's item of a call that is about to be entered."""
    return CallV1(
        model=outcome.task.model,
        kind="aggregator",
        wave=outcome.task.wave,
        attempt=outcome.task.attempts,
        status=outcome.status,
        code=outcome.code,
        prompt_tokens=outcome.usage.prompt_tokens,
        completion_tokens=outcome.usage.completion_tokens,
        reasoning_tokens=outcome.usage.reasoning_tokens,
        counted=outcome.usage.counted,
        cost_usd=outcome.cost,
        seconds=outcome.seconds,
        first_chunk_seconds=outcome.first_chunk_seconds,
    )
