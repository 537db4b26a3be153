"""Queries in the middle of their way, for what is decided of them without any I/O."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from jisi.contracts.answer import CallV1
from jisi.ledger.context import QueryContext, StoredResponse
from jisi.routing.settings import RoutingSettings
from jisi.routing.standing import Standing

T0 = datetime(2026, 1, 1, tzinfo=UTC)
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"

STANDING = Standing(
    ranking=("bea", "ada", "cid"),
    scores=(0.9, 0.8, 0.1),
    probes=("ada", "bea", "cid"),
    candidates=("bea", "ada", "cid"),
    reserve=(),
    group=3,
    alone=False,
    degraded=(),
)


def response(model: str, **changes: Any) -> StoredResponse:
    """Give a good response of the first wave."""
    fields: dict[str, Any] = {"model": model, "wave": 1, "usable": True, "cut_off": False, "code": None}
    return StoredResponse(**{**fields, "text": f"by {model}", "reference_tokens": 3, **changes})


def call(model: str, **changes: Any) -> CallV1:
    """Give a call that went well."""
    fields: dict[str, Any] = {"kind": "expert", "wave": 1, "attempt": 1, "status": "ok", "cost_usd": 0.5}
    return CallV1(model=model, **{**fields, "prompt_tokens": 2, "completion_tokens": 3, **changes})


def context(*responses: StoredResponse, **changes: Any) -> QueryContext:
    """Give a query whose probes were ada, bea and cid, with these responses."""
    whole = QueryContext(
        uid=UUID(int=1),
        query_id="q",
        tenant="",
        mode="auto",
        metadata={"mine": 1},
        chat=[{"role": "user", "content": "?"}],
        state="switching",
        traceparent=f"00-{TRACE_ID}-b7ad6b7169203331-01",
        max_calls=None,
        calls_reserved=0,
        max_cost=None,
        cost_reserved=0.0,
        received_at=T0,
        deadline_at=T0 + timedelta(minutes=10),
        accepted_at=T0 + timedelta(milliseconds=5),
        first_wave_at=None,
        candidates_at=None,
        decided_at=None,
        settings=RoutingSettings(),
        ranking=("ada", "bea", "cid"),
        probes=("ada", "bea", "cid"),
        asked=("ada", "bea", "cid"),
        standing=None,
        aggregators=("ada", "bea"),
        short_of_calls=False,
        decision=None,
        responses={one.model: one for one in responses},
        calls=tuple(call(one.model) for one in responses),
        aggregator_tasks={},
        expert_traces=(),
        unaffordable=False,
    )
    return replace(whole, **changes)
