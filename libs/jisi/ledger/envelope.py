"""The envelope of calls and money of one query: reserved before a call by one atomic statement, settled after it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a call wants to reserve."""

    task_id: int
    query_uid: UUID
    worst_cost: float
    """USD, of prompt and the longest completion."""
    least_cost: float
    """USD, of prompt and the shortest completion worth buying."""


async def reserve(connection: psycopg.AsyncConnection[Any], request: Request) -> float | None:
    """Reserve a call and its money; gives the USD it may cost at most, or None if it cannot be afforded.

    Of the money left, experts of the same wave that have not reserved yet keep their equal share, so that the first
    does not leave the others without. The query's row is locked by a statement of its own: a single one would count the
    others as they were before it waited for the lock. The connection must not commit by itself.
    """
    await connection.execute("select from query where uid = %s for update", [request.query_uid])
    cursor = await connection.execute(
        """
        with mine as (select query_uid, kind, wave from task where id = %(task)s),
        others as (
            select count(*) as served from task t join mine using (query_uid, kind, wave)
            where t.reserved > 0 or t.state in ('done', 'dead')
        ), expected as (
            select max(f.expected) as experts from fanin f join mine using (query_uid, wave) where mine.kind = 'expert'
        ), q as (
            select uid, case when max_cost is null then %(worst)s else
                       least(%(worst)s, (max_cost - cost_reserved) / greatest(1, coalesce(experts, 1) - served))
                   end as granted
            from query, others, expected
            where uid = %(query)s and (max_calls is null or calls_reserved < max_calls)
        ), spent as (
            update query set calls_reserved = calls_reserved + 1, cost_reserved = cost_reserved + q.granted
            from q where query.uid = q.uid and q.granted >= %(least)s
            returning q.granted
        ), noted as (
            update task set reserved = greatest(spent.granted, 1e-12) from spent where task.id = %(task)s
        )
        select granted from spent
        """,
        {
            "task": request.task_id,
            "query": request.query_uid,
            "worst": request.worst_cost,
            "least": request.least_cost,
        },
    )
    row = await cursor.fetchone()
    await connection.commit()
    return None if row is None else float(row[0])
