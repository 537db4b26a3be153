"""Connections are lent again without a detour through the pool, and never in a state that is not theirs."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import psycopg
import pytest
import pytest_asyncio
from jisi.database import create_engine, driver_connection
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.support.waiting import eventually

NAME = "engine-under-test"


@pytest_asyncio.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine of four connections."""
    made = create_engine(database_url, pool_size=4, application_name=NAME)
    yield made
    await made.dispose()


async def backend(engine: AsyncEngine) -> int:
    """Process id of the server's side of the connection that is lent next."""
    async with driver_connection(engine, autocommit=True) as connection:
        row = await (await connection.execute("select pg_backend_pid()")).fetchone()
    assert row is not None
    return int(row[0])


async def test_the_connection_used_last_is_lent_next(engine: AsyncEngine) -> None:
    """It has prepared its statements; and each statement is committed by itself."""
    async with driver_connection(engine, autocommit=True) as connection:
        assert connection.autocommit
        await connection.execute("create table noted (id int)")

    assert await backend(engine) == await backend(engine)
    async with driver_connection(engine) as other:
        assert not other.autocommit
        await other.execute("select * from noted")


async def test_two_at_once_are_two_connections(engine: AsyncEngine) -> None:
    """However many are lent, each has its own, and more than are kept go back to the pool."""

    async def hold(barrier: asyncio.Barrier) -> int:
        async with driver_connection(engine, autocommit=True) as connection:
            await barrier.wait()
            row = await (await connection.execute("select pg_backend_pid()")).fetchone()
            assert row is not None
            return int(row[0])

    for count in (6, 3):
        barrier = asyncio.Barrier(count)
        assert len(set(await asyncio.gather(*(hold(barrier) for _ in range(count))))) == count


async def test_an_open_transaction_is_not_lent_to_the_next(engine: AsyncEngine) -> None:
    """What was begun by hand and not ended is rolled back."""
    async with driver_connection(engine, autocommit=True) as connection:
        await connection.execute("begin")
        await connection.execute("create table forgotten (id int)")

    async with driver_connection(engine, autocommit=True) as connection:
        assert connection.info.transaction_status is psycopg.pq.TransactionStatus.IDLE
        row = await (await connection.execute("select to_regclass('forgotten')")).fetchone()
    assert row == (None,)


async def test_a_cancelled_statement_leaves_no_connection_in_the_middle_of_it(engine: AsyncEngine) -> None:
    """Whoever is lent a connection next finds it ready."""

    async def sleep_in_the_server() -> None:
        async with driver_connection(engine, autocommit=True) as connection:
            await connection.execute("select pg_sleep(60)")

    sleeping = asyncio.create_task(sleep_in_the_server())
    await eventually(lambda: _active(engine), within_seconds=20, reason="the statement runs")
    sleeping.cancel()
    await asyncio.gather(sleeping, return_exceptions=True)

    assert await backend(engine) > 0


async def test_one_that_broke_takes_the_other_idle_ones_with_it(engine: AsyncEngine, database_url: str) -> None:
    """After an outage one statement fails, not one for each connection that was kept."""
    barrier = asyncio.Barrier(2)

    async def hold() -> None:
        async with driver_connection(engine, autocommit=True) as connection:
            await connection.execute("select 1")
            await barrier.wait()

    await asyncio.gather(hold(), hold())
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as other:
        await other.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = %s", [NAME]
        )

    with pytest.raises(psycopg.OperationalError):
        await backend(engine)
    assert await backend(engine) > 0


async def test_disposing_closes_what_is_kept(database_url: str) -> None:
    """No connection outlives its engine."""
    engine = create_engine(database_url, application_name="disposed")
    await backend(engine)
    await engine.dispose()

    statement = "select count(*) from pg_stat_activity where application_name = 'disposed'"
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as other:

        async def is_gone() -> bool:
            return await (await other.execute(statement)).fetchone() == (0,)

        await eventually(is_gone, within_seconds=20, reason="the server has closed its side")


async def _active(engine: AsyncEngine) -> bool:
    async with driver_connection(engine) as connection:
        cursor = await connection.execute(
            "select count(*) from pg_stat_activity where state = 'active' and query like 'select pg_sleep%%'"
        )
        return await cursor.fetchone() == (1,)


async def test_a_service_plans_once_and_by_indices(database_url: str) -> None:
    """A statement prepared while its table was empty reads by its key when the table has grown."""
    engine = create_engine(database_url, fixed_plans=True)
    statement = "select body from answer where query_uid = any(%b)"
    async with driver_connection(engine, autocommit=True) as connection:
        for _ in range(4):
            await connection.execute(statement, [[uuid4()]])
        cursor = await connection.execute(
            "select generic_plans, custom_plans from pg_prepared_statements where statement like '%%answer%%'"
        )
        (made,) = await cursor.fetchall()
        plan = await (await connection.execute(f"explain {statement}", [[uuid4()]])).fetchall()
    await engine.dispose()

    assert made[0] > 0
    assert made[1] == 0
    assert not any("Seq Scan" in row[0] for row in plan)
