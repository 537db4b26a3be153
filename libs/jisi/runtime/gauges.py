"""Measures of the whole system that any process can take from Postgres."""

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.database import driver_connection
from jisi.telemetry.metrics import Metrics

_TASKS = """
select kind, 'ready', count(*) from task where state = 'ready' group by kind union all
select kind, 'running', count(*) from task where state = 'running' group by kind"""
"""In two parts, for there is an index for each; one `in` would read the whole table."""
_OUTBOX = "select count(*), coalesce(extract(epoch from now() - min(created_at)), 0)::float8 from outbox"


async def measure(engine: AsyncEngine, metrics: Metrics) -> None:
    """Set the gauges of open tasks and of the outbox."""
    async with driver_connection(engine, autocommit=True) as connection:
        tasks = await (await connection.execute(_TASKS)).fetchall()
        outbox = await (await connection.execute(_OUTBOX)).fetchone()
    for kind in ("expert", "aggregator"):
        for state in ("ready", "running"):
            count = next((row[2] for row in tasks if (row[0], row[1]) == (kind, state)), 0)
            metrics.open_tasks.labels(kind, state).set(count)
    assert outbox is not None, "count gives a row"
    metrics.outbox_events.set(outbox[0])
    metrics.outbox_age_seconds.set(outbox[1])
