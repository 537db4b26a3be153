"""All that is known of a query when something is decided of it, read by one statement for a whole batch."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import kwargs_row

from jisi.answers import answer_keys
from jisi.contracts.answer import CallV1
from jisi.routing.documents import standing_from_document
from jisi.routing.settings import RoutingSettings
from jisi.routing.standing import Standing
from jisi.routing.switch import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredResponse:
    """How an expert replied."""

    model: str
    wave: int
    usable: bool
    cut_off: bool
    code: str | None
    text: str
    reference_tokens: int
    answer: str | None = None
    """Key of its final answer, where answers are compared."""

    @property
    def reply(self) -> Reply:
        """As the switch sees it."""
        return Reply(
            usable=self.usable, cut_off=self.cut_off, reference_tokens=self.reference_tokens, answer=self.answer
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryContext:
    """A query and what has become of it so far."""

    uid: UUID
    query_id: str
    tenant: str
    mode: Any
    metadata: dict[str, Any]
    chat: list[dict[str, str]]
    state: str
    traceparent: str | None
    max_calls: int | None
    calls_reserved: int
    max_cost: float | None
    cost_reserved: float
    received_at: datetime
    deadline_at: datetime
    accepted_at: datetime
    first_wave_at: datetime | None
    candidates_at: datetime | None
    decided_at: datetime | None
    settings: RoutingSettings
    ranking: tuple[str, ...]
    """By p; empty if the query was never planned."""
    probes: tuple[str, ...]
    asked: tuple[str, ...]
    """Experts of all waves so far, in the order of the waves."""
    standing: Standing | None
    aggregators: tuple[str, ...]
    short_of_calls: bool
    decision: dict[str, Any] | None
    responses: dict[str, StoredResponse]
    calls: tuple[CallV1, ...]
    """Ended and running ones, in the order they ended."""
    aggregator_tasks: dict[str, str]
    """State of the task of each aggregator tried so far."""
    expert_traces: tuple[str, ...]
    """Trace context of each expert's task: what a fan-in links."""
    unaffordable: bool
    """Whether a task died for want of calls or money."""

    @property
    def calls_left(self) -> int | None:
        """How many calls may still be made; None: no limit."""
        return None if self.max_calls is None else max(0, self.max_calls - self.calls_reserved)

    @property
    def money_left(self) -> float | None:
        """USD that may still be spent; None: no limit."""
        return None if self.max_cost is None else max(0.0, self.max_cost - self.cost_reserved)

    @property
    def replies(self) -> dict[str, Reply]:
        """How each expert asked replied; who has said nothing in its wave's time is not usable, and not asked again."""
        silent = {model: Reply(usable=False) for model in self.asked if model not in self.responses}
        return {**{model: response.reply for model, response in self.responses.items()}, **silent}

    @property
    def question(self) -> str:
        """Text of all user turns: what is embedded, and what tells the kind of answer that is wanted."""
        return "\n\n".join(turn["content"] for turn in self.chat if turn["role"] == "user")


async def load_contexts(
    connection: psycopg.AsyncConnection[Any], uids: Sequence[UUID], *, texts: bool = True, calls: bool = True
) -> dict[UUID, QueryContext]:
    """Read the contexts of queries, the unknown ones left out.

    Without `texts` the responses' texts are empty (but where final answers are compared), without `calls` there are
    none: who decides of a wave needs neither.
    """
    cursor = connection.cursor(row_factory=kwargs_row(_context))
    await cursor.execute(
        """
        select q.uid, q.query_id, q.tenant, q.mode, q.metadata, q.chat, q.state, q.traceparent,
               q.max_calls, q.calls_reserved, q.max_cost, q.cost_reserved,
               q.received_at, q.deadline_at, q.accepted_at, q.first_wave_at, q.candidates_at, q.decided_at,
               p.settings, p.ranking, s.standing, s.aggregators, coalesce(s.short_of_calls, false) as short_of_calls,
               d.document as decision,
               (select json_agg(f.models order by f.wave) from fanin f where f.query_uid = q.uid) as waves,
               (select json_agg(json_build_object(
                    'model', r.model, 'wave', r.wave, 'usable', r.usable, 'cut_off', r.cut_off, 'code', r.code,
                    'text', case when %(texts)b or p.settings ->> 'method' <> 'jisi' then r.text else '' end,
                    'reference_tokens', r.reference_tokens))
                from expert_response r where r.query_uid = q.uid) as responses,
               (select json_agg(json_build_object(
                    'model', c.model, 'kind', c.kind, 'wave', c.wave, 'attempt', c.attempt, 'status', c.status,
                    'code', c.code, 'prompt_tokens', c.prompt_tokens, 'completion_tokens', c.completion_tokens,
                    'reasoning_tokens', c.reasoning_tokens, 'counted', c.counted, 'cost_usd', c.cost,
                    'seconds', c.seconds, 'first_chunk_seconds', c.first_chunk_seconds) order by c.ended_at)
                from llm_call c where c.query_uid = q.uid and %(calls)b) as calls,
               (select json_agg(json_build_object(
                    'model', t.model, 'kind', t.kind, 'wave', t.wave, 'attempt', t.attempts, 'status', 'running'))
                from task t where t.query_uid = q.uid and t.state = 'running' and %(calls)b) as running,
               (select json_object_agg(t.model, t.state) from task t
                where t.query_uid = q.uid and t.kind = 'aggregator') as aggregator_tasks,
               (select json_agg(t.traceparent) from task t
                where t.query_uid = q.uid and t.kind = 'expert' and t.traceparent is not null) as expert_traces,
               exists (select from expert_response r where r.query_uid = q.uid and r.code = 'budget') as unaffordable
        from query q
        left join plan p on p.query_uid = q.uid
        left join standing s on s.query_uid = q.uid
        left join decision d on d.query_uid = q.uid
        where q.uid = any(%(uids)b)
        """,
        {"uids": list(uids), "texts": texts, "calls": calls},
    )
    return {context.uid: context for context in await cursor.fetchall()}


def call_from(values: dict[str, Any]) -> CallV1:
    """Make a call of the bill from its columns, which are our own and need no validation."""
    return CallV1.model_construct(**values)


def settings_document(settings: RoutingSettings) -> str:
    """Write the settings of a decision, for the plan's row."""
    return json.dumps({name: getattr(settings, name) for name in settings.__dataclass_fields__})


def _context(**row: Any) -> QueryContext:  # noqa: ANN401 - a row of the statement above
    settings, standing = row.pop("settings"), row.pop("standing")
    waves = row.pop("waves") or [()]
    running = [call_from(call) for call in row.pop("running") or ()]
    context = QueryContext(
        settings=RoutingSettings(**settings) if settings else RoutingSettings(),
        ranking=tuple(row.pop("ranking") or ()),
        probes=tuple(waves[0]),
        asked=tuple(model for wave in waves for model in wave),
        standing=standing_from_document(standing) if standing else None,
        aggregators=tuple(row.pop("aggregators") or ()),
        expert_traces=tuple(row.pop("expert_traces") or ()),
        aggregator_tasks=row.pop("aggregator_tasks") or {},
        responses={response["model"]: StoredResponse(**response) for response in row.pop("responses") or ()},
        calls=(*(call_from(call) for call in row.pop("calls") or ()), *running),
        **row,
    )
    return _with_answers(context) if context.settings.votes(context.mode) else context


def _with_answers(context: QueryContext) -> QueryContext:
    """Read what each response says in the end."""
    keys = answer_keys(context.question, [response.text for response in context.responses.values()])
    responses = zip(context.responses.items(), keys, strict=True)
    return replace(context, responses={model: replace(response, answer=key) for (model, response), key in responses})
