"""One connection pool a process: SQLAlchemy's async engine on psycopg 3.

Tables and everyday statements go through SQLAlchemy; hot statements, vectors and COPY take the driver's own
connection out of the same pool (ENGINEERING.md 3: SQLAlchemy is ten times slower for vectors).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import psycopg
from pgvector.psycopg import register_vector_async
from sqlalchemy import event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from jisi.errors import InputError, TransientError

DRIVER = "postgresql+psycopg"


class DatabaseUnavailableError(TransientError):
    """Postgres cannot be reached: check that it runs and that JISI_DATABASE_URL is right."""

    code = "database_unavailable"


def driver_url(url: str) -> str:
    """Give the address in the form psycopg itself takes, from any of the usual spellings of a Postgres URL.

    Raises:
        InputError: not the address of a Postgres database.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise InputError(
            f"{parsed.render_as_string()} is no Postgres address: give one like postgresql://user@host:5432/name"
        )
    return parsed.set(drivername="postgresql").render_as_string(hide_password=False)


def create_engine(url: str, *, pool_size: int = 10, application_name: str = "jisi") -> AsyncEngine:
    """Make the process's engine; connections are opened when first needed and know pgvector's types.

    Args:
        url: any Postgres URL, `postgresql://user@host:5432/name`.
        pool_size: connections kept; twice as many are allowed in a burst.
        application_name: shown in pg_stat_activity.
    """
    engine = create_async_engine(
        make_url(driver_url(url)).set(drivername=DRIVER),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=False,
        connect_args={"application_name": application_name, "connect_timeout": 5, "prepare_threshold": 2},
    )
    event.listen(engine.sync_engine, "connect", _register_vectors)
    return engine


@asynccontextmanager
async def driver_connection(
    engine: AsyncEngine, *, autocommit: bool = False
) -> AsyncIterator[psycopg.AsyncConnection[tuple[Any, ...]]]:
    """Lend psycopg's own connection from the engine's pool; uncommitted work is rolled back on return.

    With `autocommit` each statement is its own transaction, without round trips for BEGIN and COMMIT: right for the hot
    statements, which do all of a stage at once.
    """
    async with engine.connect() as connection:
        if autocommit:
            connection = await connection.execution_options(isolation_level="AUTOCOMMIT")  # noqa: PLW2901
        raw = await connection.get_raw_connection()
        driver = cast("psycopg.AsyncConnection[tuple[Any, ...]]", raw.driver_connection)
        try:
            yield driver
        except psycopg.OperationalError:
            await connection.invalidate()
            raise


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
