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
    does not leave the others without.
    """
    cursor = await connection.execute(
        """
        with q as (
            select uid, case when max_cost is null then %(worst)s else
                       least(%(worst)s, (max_cost - cost_reserved) / greatest(1, (
                           select count(*) from task t join task mine on mine.id = %(task)s
                           where t.query_uid = query.uid and t.kind = mine.kind and t.wave = mine.wave
                             and t.state in ('ready', 'running') and t.reserved = 0)))
                   end as granted
            from query where uid = %(query)s and (max_calls is null or calls_reserved < max_calls)
            for update
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
    return None if row is None else float(row[0])
