"""One connection pool a process: SQLAlchemy's async engine on psycopg 3.

Tables and everyday statements go through SQLAlchemy; hot statements, vectors and COPY take the driver's own
connection out of the same pool (ENGINEERING.md 3: SQLAlchemy is ten times slower for vectors).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import psycopg
from pgvector.psycopg import register_vector_async
from psycopg.pq import TransactionStatus
from sqlalchemy import event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from jisi.database.address import DatabaseAddress
from jisi.errors import InputError, TransientError

DRIVER = "postgresql+psycopg"
DriverConnection = psycopg.AsyncConnection[tuple[Any, ...]]

_KEPT = "jisi_kept_connections"


class DatabaseUnavailableError(TransientError):
    """Postgres cannot be reached: check that it runs and that JISI_DATABASE_URL is right."""

    code = "database_unavailable"


def driver_url(url: str) -> str:
    """Give the address in the form psycopg itself takes, from any of the usual spellings of a Postgres URL.

    Raises:
        InputError: not the address of a Postgres database.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InputError("the database's address is no URL: give one like postgresql://user@host:5432/name") from error
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise InputError(
            f"an address of {parsed.get_backend_name()} is no Postgres address: give one like "
            "postgresql://user@host:5432/name"
        )
    rendered = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    address, mark, parameters = rendered.partition("?")
    return address.replace(" ", "%20") + mark + parameters.replace("+", "%20")  # libpq takes spaces in no other form


def shown_url(url: str) -> str:
    """Give an address as it may be shown: without its passwords."""
    parsed = make_url(url)
    return parsed.difference_update_query(("password", "sslpassword")).render_as_string()


def create_engine(
    database: str | DatabaseAddress,
    *,
    pool_size: int = 10,
    application_name: str = "jisi",
    fixed_plans: bool = False,
) -> AsyncEngine:
    """Make the process's engine; connections are opened when first needed and know pgvector's types.

    Args:
        database: any Postgres URL, `postgresql://user@host:5432/name`, or the whole address. Where that is behind a
            pooler in transaction mode, which gives each transaction any connection of its own, no statement is prepared
            and no setting made, so that `fixed_plans` has no effect.
        pool_size: connections kept; twice as many are allowed in a burst.
        application_name: shown in pg_stat_activity.
        fixed_plans: whether prepared statements are planned once, and never to read a whole table. Right for services,
            whose every hot statement goes by keys: planning them again and again costs Postgres as much as executing
            them, and plans made while a table was empty would read it whole when it has grown.
    """
    address = DatabaseAddress(database) if isinstance(database, str) else database
    kept = _Kept(most=pool_size // 2)
    engine = create_async_engine(
        make_url(driver_url(address.url)).set(drivername=DRIVER),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=False,
        connect_args={
            "application_name": application_name,
            "connect_timeout": 5,
            "prepare_threshold": None if address.pooled else 2,
        },
        execution_options={_KEPT: kept},
    )
    event.listen(engine.sync_engine, "connect", _register_vectors)
    if fixed_plans and not address.pooled:
        event.listen(engine.sync_engine, "connect", _fix_plans)
    event.listen(engine.sync_engine, "engine_disposed", kept.close_all)
    return engine


@asynccontextmanager
async def driver_connection(engine: AsyncEngine, *, autocommit: bool = False) -> AsyncIterator[DriverConnection]:
    """Lend psycopg's own connection from the engine's pool; uncommitted work is rolled back on return.

    With `autocommit` each statement is its own transaction, without round trips for BEGIN and COMMIT: right for the hot
    statements, which do all of a stage at once.
    """
    kept: _Kept | None = engine.get_execution_options().get(_KEPT) if autocommit else None
    lent = kept.take() if kept is not None else None
    if lent is None:
        lent = await _lend(engine, autocommit=autocommit)
    try:
        yield lent.driver
    except psycopg.OperationalError:
        await lent.connection.invalidate()
        if kept is not None:
            await kept.close_idle()
        raise
    finally:
        if kept is None or not kept.keep(lent):
            await lent.connection.close()


@dataclass(frozen=True, slots=True)
class _Lent:
    """A connection taken out of the pool."""

    connection: AsyncConnection
    driver: DriverConnection


class _Kept:
    """A few connections in autocommit that stay out of the pool between two uses.

    Taking one out of SQLAlchemy's pool and putting it back costs more than a statement does. The last one used is lent
    first: it has prepared its statements.
    """

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._idle: list[_Lent] = []

    def take(self) -> _Lent | None:
        """Lend one, if any is idle."""
        return self._idle.pop() if self._idle else None

    def keep(self, lent: _Lent) -> bool:
        """Take one back; false if it is not fit for it, or not needed: it then belongs to the pool."""
        fit = not lent.connection.invalidated and lent.driver.info.transaction_status is TransactionStatus.IDLE
        if fit and len(self._idle) < self._most:
            self._idle.append(lent)
            return True
        return False

    async def close_idle(self) -> None:
        """Close those that are idle: when one has met with an outage, they have too."""
        idle, self._idle = self._idle, []
        for lent in idle:
            await lent.connection.invalidate()
            await lent.connection.close()

    def close_all(self, _engine: object) -> None:
        """Close those that are idle, when the engine is disposed; within its greenlet."""
        idle, self._idle = self._idle, []
        for lent in idle:
            assert lent.connection.sync_connection is not None, "it was started"
            lent.connection.sync_connection.invalidate()
            lent.connection.sync_connection.close()


async def _lend(engine: AsyncEngine, *, autocommit: bool) -> _Lent:
    """Take a connection out of the pool."""
    connection = await engine.connect()
    try:
        if autocommit:
            connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
        raw = await connection.get_raw_connection()
    except BaseException:
        await connection.close()
        raise
    return _Lent(connection, cast("DriverConnection", raw.driver_connection))


def is_database_outage(error: BaseException) -> bool:
    """Whether an error says that Postgres is down or restarting rather than that a statement is wrong."""
    causes = [error, getattr(error, "orig", None), error.__cause__]
    outages = (psycopg.OperationalError, psycopg.InterfaceError, ConnectionError, DatabaseUnavailableError)
    return any(isinstance(cause, outages) for cause in causes)


def _register_vectors(dbapi_connection: Any, _record: object) -> None:  # noqa: ANN401 - SQLAlchemy's adapter, untyped
    async def register(connection: psycopg.AsyncConnection[Any]) -> None:
        try:
            await register_vector_async(connection)
        except psycopg.ProgrammingError:
            await connection.rollback()  # before the first migration there is no vector type to register
        else:
            await connection.commit()

    dbapi_connection.run_async(register)


def _fix_plans(dbapi_connection: Any, _record: object) -> None:  # noqa: ANN401 - as above
    async def fix(connection: psycopg.AsyncConnection[Any]) -> None:
        await connection.execute("set plan_cache_mode = force_generic_plan")
        await connection.execute("set enable_seqscan = off")
        await connection.commit()

    dbapi_connection.run_async(fix)
