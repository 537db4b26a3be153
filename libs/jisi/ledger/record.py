"""All that the ledger knows of one query, for `jisi why`: how it was planned, refined, decided, answered and billed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row
from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.contracts.answer import AnswerV1, BillV1, CallV1
from jisi.contracts.identity import query_key
from jisi.database import driver_connection
from jisi.errors import InputError
from jisi.ledger.context import load_contexts
from jisi.ledger.drafts import bill, served_calls
from jisi.routing.documents import plan_from_document, refined_from_document, unpack
from jisi.routing.plan import Plan
from jisi.routing.refined import Refined
from jisi.routing.settings import RoutingSettings
from jisi.routing.standing import Standing
from jisi.routing.switch import Decision
from jisi.telemetry.carriers import parse_carrier


class UnknownQueryError(InputError):
    """There is no such query: check the id and the tenant; answered queries are kept for some days only."""

    code = "unknown_query"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRecord:
    """An expert's response."""

    model: str
    wave: int
    usable: bool
    cut_off: bool
    code: str | None
    """Wire name of the error of a call that failed for good."""
    tokens: int
    """Of the visible text."""
    text: str
    embedded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRecord:
    """One query, from arrival to answer; what was not reached is None."""

    query_id: str
    tenant: str
    state: str
    text: str
    """Of all user turns."""
    messages: list[dict[str, str]]
    options: dict[str, Any]
    """mode, max_calls, max_cost_usd."""
    metadata: dict[str, Any]
    received_at: datetime
    accepted_at: datetime
    deadline_at: datetime
    first_wave_at: datetime | None
    candidates_at: datetime | None
    decided_at: datetime | None
    answered_at: datetime | None
    bank_version: int | None
    """That the decision rests on."""
    pool_version: int | None
    plan_recomputed: bool
    """Whether S was computed again because the bank had changed between the waves."""
    settings: RoutingSettings
    plan: Plan | None
    refined: Refined | None
    standing: Standing | None
    decision: Decision | None
    aggregators: tuple[str, ...]
    responses: tuple[ResponseRecord, ...]
    calls: tuple[CallV1, ...]
    answer: AnswerV1 | None
    settled_bill: BillV1
    """With the prices of all calls, also of those that ended after the answer."""
    repeats: int
    """How often the answer was published again on demand."""
    trace_id: str | None


async def load_record(engine: AsyncEngine, tenant: str, query_id: str) -> QueryRecord:
    """Read the record of a query.

    Raises:
        UnknownQueryError: there is none of this id and tenant.
    """
    uid = query_key(tenant, query_id)
    async with driver_connection(engine, autocommit=True) as connection:
        context = (await load_contexts(connection, [uid])).get(uid)
        cursor = connection.cursor(row_factory=dict_row)
        await cursor.execute(
            """
            select q.answered_at, p.bank_version as planned_on, p.pool_version, p.document, s.bank_version, s.refined,
                   s.recomputed_plan, a.body, coalesce(a.repeats, 0) as repeats,
                   (select array_agg(r.model) from expert_response r
                    where r.query_uid = q.uid and r.embedding is not null) as embedded
            from query q left join plan p on p.query_uid = q.uid left join standing s on s.query_uid = q.uid
            left join answer a on a.query_uid = q.uid where q.uid = %s
            """,
            [uid],
        )
        row = await cursor.fetchone()
    if context is None or row is None:
        of_tenant = f" of tenant {tenant!r}" if tenant else ""
        raise UnknownQueryError(f"there is no query {query_id!r}{of_tenant}: check the id, or give --tenant")
    document = row["recomputed_plan"] or row["document"]
    plan = None if document is None else plan_from_document(unpack(document))
    answer = None if row["body"] is None else AnswerV1.model_validate_json(row["body"])
    trace = parse_carrier(context.traceparent)
    return QueryRecord(
        query_id=context.query_id,
        tenant=context.tenant,
        state=context.state,
        text="\n\n".join(turn["content"] for turn in context.chat if turn["role"] == "user"),
        messages=context.chat,
        options={"mode": context.mode, "max_calls": context.max_calls, "max_cost_usd": context.max_cost},
        metadata=context.metadata,
        received_at=context.received_at,
        accepted_at=context.accepted_at,
        deadline_at=context.deadline_at,
        first_wave_at=context.first_wave_at,
        candidates_at=context.candidates_at,
        decided_at=context.decided_at,
        answered_at=row["answered_at"],
        bank_version=row["bank_version"] or row["planned_on"],
        pool_version=row["pool_version"],
        plan_recomputed=row["recomputed_plan"] is not None,
        settings=context.settings,
        plan=plan,
        refined=None
        if plan is None or row["refined"] is None
        else refined_from_document(unpack(row["refined"]), plan.models),
        standing=context.standing,
        decision=None if context.decision is None else _decision(context.decision),
        aggregators=context.aggregators,
        responses=tuple(
            ResponseRecord(
                model=response.model,
                wave=response.wave,
                usable=response.usable,
                cut_off=response.cut_off,
                code=response.code,
                tokens=response.reference_tokens,
                text=response.text,
                embedded=response.model in (row["embedded"] or ()),
            )
            for response in sorted(context.responses.values(), key=lambda response: (response.wave, response.model))
        ),
        calls=context.calls,
        answer=answer,
        settled_bill=bill(context.calls, set() if answer is None else served_calls(answer.models)),
        repeats=row["repeats"],
        trace_id=None if trace is None else trace.trace_id,
    )


def _decision(document: dict[str, Any]) -> Decision:
    """Read a decision as the switch wrote it: JSON makes lists of its tuples."""
    relative = document["relative_scores"]
    tuples = {name: tuple(document[name]) for name in ("references", "candidates", "dropped", "degraded")}
    scores = None if relative is None else tuple((model, share) for model, share in relative)
    return Decision(**{**document, **tuples, "relative_scores": scores})
