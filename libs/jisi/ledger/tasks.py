"""Task rows: paid work with a lease and a fence (ENGINEERING.md 2, 11).

A call is unique by (query, kind, model): whatever wave or redelivery asks for it, it is bought once. Statements only;
`jisi.ledger.worker` does the work.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

import psycopg
from psycopg.rows import class_row

Connection = psycopg.AsyncConnection[Any]
Kind = Literal["expert", "aggregator"]

LEASE_SECONDS = 10.0
RENEW_EVERY_SECONDS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task this process holds the lease of, with what its call needs."""

    id: int
    fence: int
    query_uid: UUID
    query_id: str
    tenant: str
    kind: Kind
    model: str
    wave: int
    attempts: int
    """Which attempt this is, from 1."""
    limited: bool
    """Whether calls or money must be reserved before the call."""
    closes_at: datetime
    """When its query's time ends: a later response comes too late."""
    traceparent: str | None
    chat: list[dict[str, str]]
    useless: str | None
    """Why the call is of no more use, `answered` or `wave_closed`; None: it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """A task to be inserted."""

    query_uid: UUID
    kind: Kind
    model: str
    wave: int
    run: bool
    """Whether this process has a free slot and runs it at once."""
    traceparent: str | None

    @classmethod
    def columns(cls, tasks: Sequence[Self]) -> dict[str, list[Any]]:
        """Give the columns of many, as parameters of a statement."""
        names = ("query_uid", "kind", "model", "wave", "run", "traceparent")
        return {name: [getattr(task, name) for task in tasks] for name in names}


_HELD = """
    t.id, t.fence, t.query_uid, q.query_id, q.tenant, t.kind, t.model, t.wave, t.attempts, t.limited,
    t.closes_at, t.traceparent, q.chat
"""
_USELESS = """
    case when q.state = 'answered' then 'answered'
         when t.kind = 'expert'
              and exists (select from fanin f where f.query_uid = q.uid and f.wave >= t.wave
                          and f.resolved_at is not null)
              and exists (select from expert_response r where r.query_uid = q.uid and r.usable) then 'wave_closed' end
"""
"""The router has gone on with other responses; as long as it has none, a late one may be the answer."""


async def insert_tasks(connection: Connection, tasks: Sequence[NewTask], *, owner: str) -> tuple[list[Task], int]:
    """Insert tasks, those to be run as running already; gives these, and how many were left ready.

    A task that is there already, of a query that is answered, or of a wave that is closed, is left out; a closed wave
    that has brought nothing yet is waited for. Tasks whose calls or money are limited are never run at once: they
    reserve first.
    """
    columns = NewTask.columns(tasks)
    cursor = connection.cursor(row_factory=class_row(_Inserted))
    await cursor.execute(
        f"""
        with t as (
            insert into task (query_uid, kind, model, wave, state, attempts, fence, owner, lease_until, limited,
                              traceparent, closes_at)
            select q.uid, i.kind, i.model, i.wave, i.state, i.started, i.started, %(owner)s,
                   now() + make_interval(secs => %(lease)s), i.limited, i.traceparent, i.closes_at
            from (
                select n.*, q.uid, q.deadline_at as closes_at, f.closed_at is not null as closed,
                       f.resolved_at is not null as resolved,
                       q.max_calls is not null or q.max_cost is not null as limited,
                       case when n.run and q.max_calls is null and q.max_cost is null then 'running' else 'ready' end
                           as state,
                       case when n.run and q.max_calls is null and q.max_cost is null then 1 else 0 end as started
                from unnest(%(query_uid)b::uuid[], %(kind)b::text[], %(model)b::text[], %(wave)b::smallint[],
                            %(run)b::bool[], %(traceparent)b::text[])
                     as n(query_uid, kind, model, wave, run, traceparent)
                join query q on q.uid = n.query_uid and q.state <> 'answered'
                left join fanin f on f.query_uid = n.query_uid and f.wave = n.wave and n.kind = 'expert'
            ) i join query q on q.uid = i.uid
            where not i.closed or not i.resolved
                  and not exists (select from expert_response r where r.query_uid = i.uid and r.usable)
            on conflict (query_uid, kind, model) do nothing
            returning *
        )
        select t.state, {_HELD}, null as useless
        from t join query q on q.uid = t.query_uid
        """,
        {**columns, "owner": owner, "lease": LEASE_SECONDS},
    )
    rows = await cursor.fetchall()
    return [row.task for row in rows if row.state == "running"], sum(row.state == "ready" for row in rows)


async def claim_tasks(
    connection: Connection,
    kind: Kind,
    free: dict[str, int],
    *,
    owner: str,
    dead_before: datetime | None,
    held: Collection[int] = (),
) -> list[Task]:
    """Take over tasks that are due or whose owner died, at most as many of a model as there are free slots.

    An attempt whose owner died is entered as a lost call at the price that was reserved, unless the owner lived to
    enter the query's answer: then the answer's bill knows how it ended.

    Args:
        connection: in autocommit.
        kind: of the tasks.
        free: slots by model.
        owner: who takes them over.
        dead_before: a lease that ended before this time of the database proves its owner's death; None: none does.
        held: tasks this process works itself.
    """
    cursor = connection.cursor(row_factory=class_row(Task))
    await cursor.execute(
        f"""
        with due as (
            select t.id, t.state as before, t.attempts as attempt
            from unnest(%(models)b::text[], %(free)b::int[]) as m(model, free)
            cross join lateral (
                select id, state, attempts from task
                where kind = %(kind)s and model = m.model
                  and (state = 'ready' and run_after <= now()
                       or state = 'running' and lease_until < %(dead_before)s and id <> all(%(held)b::bigint[]))
                order by run_after limit m.free for update skip locked
            ) t
        ), lost as (
            insert into llm_call (query_uid, kind, model, attempt, wave, status, code, prompt_tokens,
                                  completion_tokens, reasoning_tokens, counted, cost, seconds, first_chunk_seconds)
            select t.query_uid, t.kind, t.model, t.attempts, t.wave, coalesce(b.status, 'lost'),
                   case when b.status is null then 'process_died' else b.code end, b.prompt_tokens,
                   b.completion_tokens, b.reasoning_tokens, coalesce(b.counted, false),
                   case when b.status is not null then b.cost_usd when t.limited then t.reserved else 0 end,
                   b.seconds, b.first_chunk_seconds
            from task t join due on due.id = t.id
            left join answer a on a.query_uid = t.query_uid
            left join lateral jsonb_to_recordset(a.body::jsonb -> 'bill' -> 'calls')
                as b(kind text, model text, attempt int, status text, code text, prompt_tokens int,
                     completion_tokens int, reasoning_tokens int, counted bool, cost_usd float8, seconds float8,
                     first_chunk_seconds float8)
                on b.kind = t.kind and b.model = t.model and b.attempt = t.attempts and b.status <> 'running'
            where due.before = 'running' and due.attempt > 0
            on conflict do nothing
        ), t as (
            update task set state = 'running', fence = fence + 1, attempts = attempts + 1, owner = %(owner)s,
                            lease_until = now() + make_interval(secs => %(lease)s), reserved = 0
            from due where due.id = task.id
            returning task.*
        )
        select {_HELD}, {_USELESS} as useless from t join query q on q.uid = t.query_uid
        """,
        {
            "kind": kind,
            "models": list(free),
            "free": list(free.values()),
            "owner": owner,
            "lease": LEASE_SECONDS,
            "dead_before": dead_before,
            "held": list(held),
        },
    )
    return await cursor.fetchall()


async def waiting_tasks(
    connection: Connection, kind: Kind, *, held: Collection[int] = ()
) -> tuple[datetime, dict[str, int]]:
    """Count the tasks of each model that could run now: what this kind of service has need of.

    Gives the database's time with it.
    """
    cursor = await connection.execute(
        """
        select now(), coalesce((
            select jsonb_object_agg(model, waiting) from (
                select model, count(*) as waiting from task
                where kind = %(kind)s
                  and (state = 'ready' and run_after <= now()
                       or state = 'running' and lease_until < now() and id <> all(%(held)b::bigint[]))
                group by model
            ) w), '{}')
        """,
        {"kind": kind, "held": list(held)},
    )
    row = await cursor.fetchone()
    assert row is not None, "a select without from gives a row"
    return row[0], row[1]


async def renew_leases(connection: Connection, held: dict[int, int]) -> dict[int, str | None]:
    """Renew the leases of tasks by id and fence; gives those that are still ours, and why they are of no more use.

    A notification is lost while nobody listens, and a task may be inserted in the moment of the answer.
    """
    cursor = await connection.execute(
        f"""
        update task t set lease_until = now() + make_interval(secs => %(lease)s)
        from unnest(%(id)b::bigint[], %(fence)b::int[]) as h(id, fence), query q
        where t.id = h.id and t.fence = h.fence and t.state = 'running' and q.uid = t.query_uid
        returning t.id, {_USELESS}
        """,
        {"id": list(held), "fence": list(held.values()), "lease": LEASE_SECONDS},
    )
    return dict(await cursor.fetchall())


async def end_leases(connection: Connection, held: dict[int, int]) -> None:
    """End the leases of tasks by id and fence, so that others take them over without waiting."""
    await connection.execute(
        """
        update task set lease_until = now()
        from unnest(%(id)b::bigint[], %(fence)b::int[]) as h(id, fence)
        where task.id = h.id and task.fence = h.fence and task.state = 'running'
        """,
        {"id": list(held), "fence": list(held.values())},
    )


@dataclass(frozen=True, slots=True)
class _Inserted:
    """A row of `insert_tasks`: the state it was inserted in, and the task."""

    state: str
    task: Task

    def __init__(self, state: str, **values: Any) -> None:  # noqa: ANN401 - the columns of Task
        object.__setattr__(self, "state", state)
        object.__setattr__(self, "task", Task(**values))
