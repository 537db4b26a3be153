"""Postgres: reachable, its schema, the bank, the pool, and whether anything hangs."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.cli.addresses import find_database
from jisi.cli.checks.finding import Finding, Level
from jisi.cli.checks.pool import check_endpoints
from jisi.database import create_engine, driver_connection
from jisi.database.migrations import check_schema
from jisi.llm.store import NoPoolError, newest_pool
from jisi.support.check import check_bank
from jisi.support.identity import read_identity

HANGS_AFTER_SECONDS = 15.0
"""An event is published milliseconds after its transaction; a sweep does it after three seconds where that failed."""

_HANGING = """
select
    (select count(*) from outbox where created_at < now() - make_interval(secs => %(seconds)s)),
    (select count(*) from query where state <> 'answered' and deadline_at < now() - make_interval(secs => %(seconds)s)),
    (select count(*) from query where state <> 'answered')"""

_LEVELS: dict[str, Level] = {"error": "error", "warning": "warning", "note": "note"}


async def check_postgres() -> list[Finding]:
    """Look at the database and what is stored there."""
    engine = create_engine(find_database(), pool_size=2, application_name="jisi-doctor")
    try:
        async with driver_connection(engine, autocommit=True) as connection:
            cursor = await connection.execute("select current_setting('server_version')")
            version = (await cursor.fetchone() or ("?",))[0]
        found = [Finding(area="postgres", level="ok", message=f"PostgreSQL {version} answers")]
        await check_schema(engine)
        found.append(Finding(area="schema", level="ok", message="at the revision of this version"))
        found += await _pool_and_bank(engine)
        found.append(await _hanging(engine))
    finally:
        await engine.dispose()
    return found


async def _pool_and_bank(engine: AsyncEngine) -> list[Finding]:
    try:
        version, pool = await newest_pool(engine)
    except NoPoolError:
        advice = "Write a pool.toml and `jisi pool apply` it, or `jisi up --pool simulated`."
        nothing = Finding(area="pool", level="error", message="no pool is applied: nobody can be asked", advice=advice)
        return [nothing, *await _bank(engine, None)]
    names = [model.name for model in pool.eligible]
    message = f"version {version}, {len(names)} models: {', '.join(names)}"
    return [
        Finding(area="pool", level="ok", message=message),
        *await check_endpoints(pool),
        *await _bank(engine, names),
    ]


async def _bank(engine: AsyncEngine, eligible: Sequence[str] | None) -> list[Finding]:
    async with driver_connection(engine, autocommit=True) as connection:
        identity = await read_identity(connection)
        weak = await check_bank(connection, pool=eligible)
    embedder = f", embedded with {identity.embedder}" if identity.embedder else ""
    return [
        Finding(area="bank", level="ok", message=f"version {identity.version}{embedder}"),
        *(Finding(area="bank", level=_LEVELS[one.level], message=one.message) for one in weak),
    ]


async def _hanging(engine: AsyncEngine) -> Finding:
    async with driver_connection(engine, autocommit=True) as connection:
        row = await (await connection.execute(_HANGING, {"seconds": HANGS_AFTER_SECONDS})).fetchone()
    assert row is not None, "a row of counts"
    unsent, overdue, under_way = row
    if unsent or overdue:
        message = f"{overdue} queries are past their deadline without an answer, {unsent} events are not published"
        advice = "Is a service down, or Kafka? They catch up by themselves as soon as both are there."
        return Finding(area="queries", level="error", message=message, advice=advice)
    return Finding(area="queries", level="ok", message=f"{under_way} under way, none overdue")
