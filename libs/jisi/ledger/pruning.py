"""Remove old rows by age, never inside the retention of the queries topic: that is the idempotency window."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.database import driver_connection
from jisi.messaging.topics import RETENTION_MS

KEPT = timedelta(milliseconds=RETENTION_MS) + timedelta(days=1)
"""How long an answered query is kept: a record still in Kafka may be delivered again and must be recognised."""
LARGEST_BATCH = 1000
_TABLES = ("plan", "standing", "decision", "fanin", "timer", "task", "expert_response", "llm_call", "answer")


async def prune_queries(engine: AsyncEngine, *, kept: timedelta = KEPT) -> int:
    """Remove answered queries older than `kept` with all their rows; gives their number.

    Raises:
        ValueError: `kept` is shorter than the topic's retention.
    """
    if kept < timedelta(milliseconds=RETENTION_MS):
        raise ValueError(f"queries must be kept for as long as their topic keeps them, {RETENTION_MS} ms")
    deletions = ",\n".join(
        f"from_{table} as (delete from {table} using old where {table}.query_uid = old.uid)" for table in _TABLES
    )
    removed = 0
    while True:
        async with driver_connection(engine, autocommit=True) as connection:
            cursor = await connection.execute(
                f"""
                with old as (
                    delete from query where uid in (
                        select uid from query where state = 'answered' and accepted_at < now() - %s
                        order by accepted_at limit {LARGEST_BATCH} for update skip locked
                    ) returning uid
                ), {deletions}
                select count(*) from old
                """,
                [kept],
            )
            row = await cursor.fetchone()
        assert row is not None, "count gives a row"
        batch = int(row[0])
        removed += batch
        if batch < LARGEST_BATCH:
            return removed
