"""Measures of the whole system that any process can take from Postgres."""

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.database import driver_connection
from jisi.telemetry.metrics import Metrics

_TASKS = """
select kind, 'ready', count(*) from task where state = 'ready' group by kind union all
select kind, 'running', count(*) from task where state = 'running' group by kind"""
"""In two parts, for there is an index for each; one `in` would read the whole table."""
_OUTBOX = "select count(*), coalesce(extract(epoch from now() - min(created_at)), 0)::float8 from outbox"
_QUERIES = """
select count(*), greatest(0, extract(epoch from now() - min(received_at)))::float8,
       greatest(0, extract(epoch from now() - min(deadline_at)))::float8
from query where state <> 'answered'"""
_COOL_DOWNS = "select model, reason, extract(epoch from until - now())::float8 from cool_down where until > now()"


async def measure(engine: AsyncEngine, metrics: Metrics) -> None:
    """Set the gauges of open queries and tasks, of the outbox and of the cool-downs."""
    async with driver_connection(engine, autocommit=True) as connection:
        tasks = await (await connection.execute(_TASKS)).fetchall()
        outbox = await (await connection.execute(_OUTBOX)).fetchone()
        queries = await (await connection.execute(_QUERIES)).fetchone()
        cool_downs = await (await connection.execute(_COOL_DOWNS)).fetchall()
    for kind in ("expert", "aggregator"):
        for state in ("ready", "running"):
            count = next((row[2] for row in tasks if (row[0], row[1]) == (kind, state)), 0)
            metrics.open_tasks.labels(kind, state).set(count)
    assert outbox is not None, "count gives a row"
    assert queries is not None, "count gives a row"
    metrics.outbox_events.set(outbox[0])
    metrics.outbox_age_seconds.set(outbox[1])
    metrics.open_queries.set(queries[0])
    metrics.open_query_age_seconds.set(queries[1])
    metrics.open_query_overdue_seconds.set(queries[2])
    metrics.cool_down_seconds.clear()
    for model, reason, seconds in cool_downs:
        metrics.cool_down_seconds.labels(model, reason).set(seconds)
