"""Write an answer: pure functions from what is known of a query to the one answer it gets."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from jisi.contracts.answer import (
    AnswerV1,
    BillV1,
    CallV1,
    DegradedReason,
    ModelsV1,
    Route,
    TimingsV1,
)
from jisi.ledger.context import QueryContext, StoredResponse
from jisi.telemetry.carriers import parse_carrier

LONGEST_REASON = 2_000
"""Characters of an answer's reason, which may repeat what was asked."""
OVERDUE = "the deadline came before the answer was through"
"""Reason of an answer that is cut by its deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a query is answered with."""

    text: str | None
    """None: the query failed."""
    reason: str
    code: str | None = None
    route: Route | None = None
    answered_by: str | None = None
    aggregator: str | None = None
    references: tuple[str, ...] = ()
    degraded: tuple[DegradedReason, ...] = ()
    extra_calls: tuple[CallV1, ...] = field(default=())
    """Calls that are not entered yet: the one that is just being settled."""


def draft(context: QueryContext, verdict: Verdict, *, now: datetime) -> AnswerV1:
    """Write the answer, with its bill as far as prices are known and its timings."""
    failed = verdict.text is None
    models = ModelsV1(
        answer=verdict.answered_by,
        aggregator=verdict.aggregator,
        experts=tuple(dict.fromkeys(call.model for call in context.calls if call.kind == "expert")),
        references=verdict.references,
    )
    degraded = tuple(dict.fromkeys((*verdict.degraded, *(_fewer_experts(context) if not failed else ()))))
    return AnswerV1(
        query_id=context.query_id,
        status="failed" if failed else "degraded" if degraded else "completed",
        text=verdict.text,
        degraded=() if failed else degraded,
        reason=_shortened(verdict.reason),
        code=verdict.code if failed else None,
        route=verdict.route,
        models=models,
        bill=bill(_known_calls(context, verdict), served_calls(models)),
        timings=_timings(context, now),
        trace_id=trace.trace_id if (trace := parse_carrier(context.traceparent)) else None,
        metadata=context.metadata,
    )


def served_calls(models: ModelsV1) -> set[tuple[str, str]]:
    """Tell by kind and model whose text is the answer or went into it."""
    served = {("expert", model) for model in models.references}
    if models.answer is not None:
        served.add(("aggregator" if models.aggregator else "expert", models.answer))
    return served


def bill(calls: Iterable[CallV1], served: set[tuple[str, str]]) -> BillV1:
    """Sum up calls; those whose text served the answer are marked."""
    items = tuple(
        call.model_copy(update={"used": True}) if call.status == "ok" and (call.kind, call.model) in served else call
        for call in calls
    )
    return BillV1(
        calls=items,
        cost_usd=sum(call.cost_usd or 0.0 for call in items),
        prompt_tokens=sum(call.prompt_tokens or 0 for call in items),
        completion_tokens=sum(call.completion_tokens or 0 for call in items),
        final=all(call.status != "running" for call in items),
    )


def best_response(context: QueryContext) -> StoredResponse | None:
    """Find the best response there is: a whole one before one cut off, then by p' or, before it is known, by p."""
    ranking = context.ranking if context.standing is None else context.standing.ranking
    usable = [context.responses[model] for model in ranking if model in context.responses]
    usable = [response for response in usable if response.usable]
    whole = [response for response in usable if not response.cut_off]
    return next(iter(whole or usable), None)


def routed(context: QueryContext, model: str, *, reason: str, degraded: Iterable[DegradedReason] = ()) -> Verdict:
    """Answer with an expert's response, verbatim."""
    response = context.responses[model]
    cut_off: tuple[DegradedReason, ...] = ("cut_off",) if response.cut_off else ()
    return Verdict(
        text=response.text,
        reason=reason,
        route="route",
        answered_by=model,
        degraded=(*degraded, *cut_off),
    )


def make_do(context: QueryContext, cause: DegradedReason, reason: str) -> Verdict:
    """Answer with what is there when the method cannot be followed to its end; fail if nothing is."""
    response = best_response(context)
    if response is not None:
        return routed(context, response.model, reason=reason, degraded=(cause,))
    return Verdict(text=None, reason=f"{reason}; no expert has given a usable response", code=cause)


def failed(reason: str, code: str) -> Verdict:
    """Answer that there is no answer."""
    return Verdict(text=None, reason=reason, code=code)


def _shortened(reason: str) -> str:
    return reason if len(reason) <= LONGEST_REASON else f"{reason[: LONGEST_REASON - 1]}…"


def _fewer_experts(context: QueryContext) -> tuple[DegradedReason, ...]:
    """Say so if an expert that was asked gave nothing usable, be it that its call never began."""
    given = {model for model, response in context.responses.items() if response.usable}
    return ("fewer_experts",) if set(context.asked) - given else ()


def _known_calls(context: QueryContext, verdict: Verdict) -> list[CallV1]:
    """Take the calls that are just being settled in place of their running selves."""
    settled = {(call.kind, call.model, call.attempt) for call in verdict.extra_calls}
    calls = [call for call in context.calls if (call.kind, call.model, call.attempt) not in settled]
    return [*calls, *verdict.extra_calls]


def _timings(context: QueryContext, now: datetime) -> TimingsV1:
    def since(moment: datetime | None) -> float | None:
        return None if moment is None else round((moment - context.received_at).total_seconds() * 1000, 3)

    return TimingsV1(
        accepted_ms=since(context.accepted_at),
        first_wave_ms=since(context.first_wave_at),
        candidates_ms=since(context.candidates_at),
        decided_ms=since(context.decided_at),
        answered_ms=since(now) or 0.0,
    )
