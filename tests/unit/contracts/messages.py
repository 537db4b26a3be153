"""One of each public message, every field set: what the golden files hold."""

from collections.abc import Mapping

from jisi.contracts.answer import AnswerV1, BillV1, CallV1, ModelsV1, TimingsV1
from jisi.contracts.progress import ProgressV1
from jisi.contracts.query import CancelV1, Message, QueryV1
from pydantic import BaseModel

MESSAGES: Mapping[str, BaseModel] = {
    "query": QueryV1(
        query_id="3f0c",
        query="What is 17 + 25?",
        deadline_ms=30_000,
        max_cost_usd=0.05,
        max_calls=6,
        mode="aggregate",
        models=("able", "baker"),
        metadata={"tenant": "acme", "ticket": 7},
    ),
    "query_chat": QueryV1(
        messages=(
            Message(role="system", content="Be brief."),
            Message(role="user", content="What is 17 + 25?"),
            Message(role="assistant", content="42"),
            Message(role="user", content="And 25 + 17?"),
        )
    ),
    "cancel": CancelV1(cancel="3f0c", metadata={"tenant": "acme"}),
    "answer_aggregated": AnswerV1(
        query_id="3f0c",
        status="degraded",
        text="42",
        degraded=("fewer_experts", "aggregator_replaced"),
        reason="2 of 3 candidates reach 0.8 of the best score",
        route="aggregate",
        models=ModelsV1(
            answer="baker", aggregator="baker", experts=("able", "baker", "charlie"), references=("able", "baker")
        ),
        bill=BillV1(
            calls=(
                CallV1(
                    model="able",
                    kind="expert",
                    wave=1,
                    attempt=1,
                    status="ok",
                    used=True,
                    prompt_tokens=12,
                    completion_tokens=40,
                    reasoning_tokens=30,
                    counted=True,
                    cost_usd=0.0012,
                    seconds=1.25,
                    first_chunk_seconds=0.25,
                ),
                CallV1(
                    model="charlie", kind="expert", wave=2, attempt=2, status="failed", code="rate_limited", seconds=0.1
                ),
                CallV1(model="baker", kind="aggregator", wave=0, attempt=1, status="running"),
            ),
            cost_usd=0.0012,
            prompt_tokens=12,
            completion_tokens=40,
            final=False,
        ),
        timings=TimingsV1(
            accepted_ms=4.5, first_wave_ms=1300.0, candidates_ms=1310.0, decided_ms=1320.0, answered_ms=2500.0
        ),
        trace_id="0af7651916cd43dd8448eb211c80319c",
        metadata={"tenant": "acme", "ticket": 7},
    ),
    "answer_failed": AnswerV1(
        query_id="3f0c",
        status="failed",
        reason="the deadline had passed on arrival",
        code="deadline",
        timings=TimingsV1(answered_ms=12.0),
    ),
    "progress": ProgressV1(
        query_id="3f0c",
        tenant="acme",
        stage="response",
        at_ms=1_790_000_000_000,
        detail={"model": "able", "usable": True, "seconds": 1.25, "cost_usd": 0.0012},
    ),
}
