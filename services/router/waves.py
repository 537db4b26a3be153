"""Follow the waves: embed responses, count them, refine, and decide who is asked next (ALGORITHM.md 3)."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
from jisi.contracts.events import CandidatesV1, GenerationV1, ResponseV1
from jisi.contracts.progress import ProgressV1
from jisi.contracts.texts import visible_text
from jisi.contracts.topics import Topics
from jisi.database import driver_connection
from jisi.ledger.context import QueryContext
from jisi.ledger.outbox import Outbox, Outgoing
from jisi.messaging.guard import Delivery
from jisi.messaging.progress import ProgressEvents, progress
from jisi.routing.bank import Bank
from jisi.routing.documents import (
    pack,
    plan_document,
    plan_from_document,
    refined_document,
    standing_document,
    unpack,
)
from jisi.routing.plan import Plan
from jisi.routing.refined import refine
from jisi.routing.selection import Selector, judge
from jisi.routing.standing import Standing, Verdict, aggregator_ranking, standing
from jisi.routing.switch import Reply, next_wave
from jisi.support.live import LiveBank
from jisi.support.similarities import SimilarityQuery, response_similarities
from jisi.telemetry.tracing import Tracing
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncEngine

from services.router.planning import Planner, PlanRequest
from services.router.response_vectors import ResponseVectors
from services.router.values import ClosedWave, NextStep, UncountedResponse
from services.router.wave_store import (
    closed_waves,
    count_responses,
    go_on,
    still_expected,
    stop_late_calls,
    uncounted_responses,
)


@dataclass(frozen=True, slots=True)
class _Grounded:
    """A first wave with the plan and the bank it is refined on."""

    wave: ClosedWave
    plan: Plan
    bank: Bank
    bank_version: int
    recomputed: bool


class RefineRoute:
    """Takes responses in; when a wave is closed, goes on to the next one or to the switch."""

    def __init__(
        self,
        *,
        engine: AsyncEngine,
        planner: Planner,
        bank: LiveBank,
        selector: Selector | None = None,
        response_vectors: ResponseVectors,
        outbox: Outbox,
        progress: ProgressEvents,
        tracing: Tracing,
        topics: Topics,
        second_wave_share: float,
    ) -> None:
        self._engine = engine
        self._planner = planner
        self._bank = bank
        self._selector = selector
        self._log = logging.getLogger(__name__)
        self._response_vectors = response_vectors
        self._outbox = outbox
        self._progress = progress
        self._tracing = tracing
        self._topics = topics
        self._second_wave_share = second_wave_share

    async def take(self, batch: Sequence[Delivery[ResponseV1]]) -> None:
        """Take a batch of events in; one that comes twice counts once."""
        events = [delivery.content for delivery in batch]
        carriers = {delivery.content.query: delivery.span.carrier for delivery in batch}
        own = {(delivery.content.query, delivery.content.model): delivery.span.carrier for delivery in batch}
        async with driver_connection(self._engine, autocommit=True) as connection:
            responses = await uncounted_responses(connection, events)
        vectors = await self._embed(responses, own)
        async with driver_connection(self._engine, autocommit=True) as connection:
            closed = await count_responses(connection, responses, vectors, events)
        if closed:
            await self._go_on(closed, carriers)

    async def _embed(
        self, responses: Sequence[UncountedResponse], carriers: dict[tuple[UUID, str | None], str]
    ) -> dict[tuple[UUID, str], NDArray[np.float32]]:
        """Embed the usable responses of first waves; nothing depends on the others' embeddings."""
        probes = [response for response in responses if response.compared]
        if not probes:
            return {}
        spans = [
            self._tracing.embed(
                self._planner.embedder,
                carriers.get((response.uid, response.model)),
                texts=1,
                dimensions=self._planner.dimensions,
            )
            for response in probes
        ]
        vectors = await self._planner.embed([visible_text(response.text) for response in probes], "response")
        for span in spans:
            self._tracing.end(span)
        return {(response.uid, response.model): vector for response, vector in zip(probes, vectors, strict=True)}

    async def _go_on(self, closed: Sequence[tuple[UUID, int]], carriers: dict[UUID, str]) -> None:
        visible = self._bank.identity.token_basis == "visible"  # noqa: S105 - tokens of text
        async with driver_connection(self._engine, autocommit=True) as connection:
            waves = await closed_waves(connection, closed, visible_tokens=visible)
        first = [await self._grounded(wave) for wave in waves if wave.wave == 1]
        steps = await self._refine(first, carriers)
        steps += [self._after(wave) for wave in waves if wave.wave > 1]
        contexts = {wave.context.uid: wave.context for wave in waves}
        steps = await self._without_waiting(steps, contexts)
        events = [event for step in steps for event in self._events(step, carriers.get(step.uid))]
        async with driver_connection(self._engine, autocommit=True) as connection:
            moved = await go_on(connection, steps, events)
            late = [(step.uid, step.wave) for step in steps if step.uid in moved and _leaves_behind(contexts[step.uid])]
            if late:
                await stop_late_calls(connection, late)
        self._progress.emit([_progress_of(step, contexts[step.uid]) for step in steps if step.uid in moved])
        await self._outbox.publish(events, moved=moved)

    async def _without_waiting(self, steps: list[NextStep], contexts: dict[UUID, QueryContext]) -> list[NextStep]:
        """Leave out queries that have no usable response and nobody else to ask, as long as one may still come.

        Their wave is closed and stays unresolved: each late event looks again, and the deadline stands behind. A query
        has one unresolved wave at most, hence one step: the next is begun where the one before is resolved.
        """
        empty = [(step.uid, step.wave) for step in steps if not step.ask and not _has_usable(contexts[step.uid])]
        if not empty:
            return steps
        async with driver_connection(self._engine, autocommit=True) as connection:
            waiting = await still_expected(connection, empty)
        return [step for step in steps if step.uid not in waiting]

    async def _grounded(self, wave: ClosedWave) -> _Grounded:
        """Find the bank the plan was made on; where it is gone, S and p are computed again on the current one."""
        assert wave.plan_document is not None, "a query with a wave has a plan"
        plan = plan_from_document(unpack(wave.plan_document))
        bank = self._bank.at(wave.bank_version)
        if bank is not None:
            return _Grounded(wave, plan, bank, wave.bank_version, recomputed=False)
        request = PlanRequest(text=wave.context.question, models=plan.models, max_calls=wave.context.max_calls)
        version, again = await self._planner.plan_again(request, wave.pool_version, wave.context.settings, plan.probes)
        current = self._bank.at(version)
        assert current is not None, "the current bank is at hand"
        # Who was asked stays who was asked; where nothing is known any more, one of them answers alone.
        if again.priors is not None:
            again = replace(again, alone=plan.alone, degraded=plan.degraded)
        return _Grounded(wave, again, current, version, recomputed=True)

    async def _refine(self, first: Sequence[_Grounded], carriers: dict[UUID, str]) -> list[NextStep]:
        similarities = await self._similarities(first)
        return [
            self._refined(one, matrix, carriers.get(one.wave.context.uid))
            for one, matrix in zip(first, similarities, strict=True)
        ]

    async def _similarities(self, first: Sequence[_Grounded]) -> list[NDArray[np.float64]]:
        """Compare the probes' responses with the bank's; (|S|, probes) each.

        From memory, or else in one round trip for all queries.
        """
        asked: list[tuple[int, list[int]]] = []
        queries: list[SimilarityQuery] = []
        matrices = []
        for place, one in enumerate(first):
            items = 0 if one.plan.support is None else len(one.plan.support)
            matrices.append(np.full((items, len(one.plan.probes)), np.nan))
            compared = one.plan.support is not None and not one.plan.alone and one.wave.context.settings.uses_responses
            if compared and one.wave.vectors:
                assert one.plan.support is not None
                support, vectors = one.plan.support, one.wave.vectors
                columns = [one.plan.probes.index(model) for model in vectors]
                held = self._response_vectors.similarities(one.bank_version, support.positions, vectors)
                if held is not None:
                    matrices[place][:, columns] = held
                else:
                    asked.append((place, columns))
                    queries.append(SimilarityQuery(item_ids=support.item_ids, vectors=vectors))
        if queries:
            async with driver_connection(self._engine, autocommit=True) as connection:
                found = await response_similarities(connection, queries)
            for (place, columns), matrix in zip(asked, found, strict=True):
                matrices[place][:, columns] = matrix
        return matrices

    def _refined(self, one: _Grounded, similarities: NDArray[np.float64], parent: str | None) -> NextStep:
        """Refine one query's scores and find out who stands where."""
        context, plan, wave = one.wave.context, one.plan, one.wave
        span = self._tracing.stage("jisi.refine", parent or context.traceparent, links=context.expert_traces)
        replies = context.replies
        usable = [model for model in plan.probes if model in replies and replies[model].usable]
        counts = [wave.tokens.get(model) for model in plan.probes]
        tokens = np.array([np.nan if count is None else float(count) for count in counts])
        refined = refine(
            plan,
            one.bank,
            context.settings,
            usable_probes=usable,
            response_similarities=similarities,
            response_tokens=tokens,
        )
        verdict = self._judge(one, replies, tokens)
        stands = standing(plan, refined, context.settings, verdict)
        span.attributes["jisi.candidates"] = list(stands.candidates)
        span.attributes["jisi.plan.recomputed"] = one.recomputed
        self._tracing.end(span)
        step = self._next(wave, stands)
        return replace(
            step,
            refined=pack(refined_document(refined)),
            standing=standing_document(stands),
            aggregators=aggregator_ranking(plan, refined, context.settings),
            bank_version=one.bank_version,
            recomputed_plan=pack(plan_document(plan)) if one.recomputed else None,
        )

    def _judge(self, one: _Grounded, replies: Mapping[str, Reply], tokens: NDArray[np.float64]) -> Verdict | None:
        """Find out which response is most likely right, where a selector is to say so."""
        context = one.wave.context
        judgement = judge(
            self._selector, one.plan, one.bank, context.settings, mode=context.mode, replies=replies, tokens=tokens
        )
        if judgement is None:
            return None
        if judgement.verdict.unlike:
            self._log.warning("query %s is unlike those that the selector was fitted to", context.uid)
        return judgement.verdict

    def _after(self, wave: ClosedWave) -> NextStep:
        """Find out what follows a further wave."""
        assert wave.context.standing is not None, "the first wave was resolved before"
        return self._next(wave, wave.context.standing)

    def _next(self, wave: ClosedWave, stands: Standing) -> NextStep:
        context = wave.context
        now = datetime.now(UTC)
        following = next_wave(
            stands, context.replies, context.settings, mode=context.mode, calls_left=context.calls_left
        )
        total = context.deadline_at - context.received_at
        closes_at = max(context.received_at + self._second_wave_share * total, now)
        late = following.ask and (now >= context.deadline_at or closes_at <= now)
        return NextStep(
            uid=context.uid,
            wave=wave.wave,
            ask=() if late else following.ask,
            closes_at=closes_at,
            short_of_calls=bool(following.withheld),
        )

    def _events(self, step: NextStep, parent: str | None) -> list[Outgoing]:
        if not step.ask:
            event = CandidatesV1(query=step.uid).encode()
            return [self._outbox.outgoing(step.uid, self._topics.candidates, event, parent)]
        asks = [GenerationV1(query=step.uid, model=model, wave=step.wave + 1) for model in step.ask]
        return [self._outbox.outgoing(step.uid, self._topics.generation, ask.encode(), parent) for ask in asks]


def _has_usable(context: QueryContext) -> bool:
    return any(response.usable for response in context.responses.values())


def _leaves_behind(context: QueryContext) -> bool:
    """Whether a query goes on with some responses and without others."""
    return _has_usable(context) and not set(context.asked) <= context.responses.keys()


def _progress_of(step: NextStep, context: QueryContext) -> ProgressV1:
    if step.ask:
        return progress(context.query_id, context.tenant, "second_wave", models=step.ask, wave=step.wave + 1)
    if step.standing is not None:
        candidates = step.standing["candidates"]
    else:
        assert context.standing is not None, "the first wave was resolved before"
        candidates = context.standing.candidates
    return progress(context.query_id, context.tenant, "candidates", models=candidates)
