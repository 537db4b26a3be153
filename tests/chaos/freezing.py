"""Holding processes still, so that something else can happen exactly between two of their steps."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import psycopg
from jisi.database import driver_connection

from tests.chaos.system import ChaosSystem
from tests.support.processes import descendants
from tests.support.waiting import eventually


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Stop a process and its children (Linux), and let those that still live go on afterwards."""
    family = [pid, *descendants(pid)]
    try:
        for member in family:
            _tell(member, signal.SIGSTOP)
        yield
    finally:
        for member in family:
            _tell(member, signal.SIGCONT)


def _tell(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


class Barrier:
    """A table nobody can write to until it is opened: a process stands still in the middle of its statement."""

    def __init__(self, system: ChaosSystem, table: str, holder: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
        self._system = system
        self._table = table
        self._holder = holder

    async def standing(self, service: str) -> int:
        """Wait until a process of the service stands still before the table; gives its replica."""

        async def name() -> str | None:
            async with driver_connection(self._system.engine, autocommit=True) as connection:
                cursor = await connection.execute(
                    """
                    select a.application_name from pg_locks l join pg_stat_activity a using (pid)
                    where not l.granted and l.relation = %s::regclass and starts_with(a.application_name, %s)
                    """,
                    [self._table, f"{service}-"],
                )
                row = await cursor.fetchone()
            return None if row is None else str(row[0])

        found = await eventually(name, within_seconds=30, reason=f"{service} comes to {self._table}")
        assert found is not None
        return int(found.removeprefix(f"{service}-"))

    async def turn_away(self, service: str) -> None:
        """End the connections that stand before the table, whose process is dead: their statements are never done."""
        async with driver_connection(self._system.engine, autocommit=True) as connection:
            await connection.execute(
                """
                select pg_terminate_backend(a.pid) from pg_locks l join pg_stat_activity a using (pid)
                where not l.granted and l.relation = %s::regclass and starts_with(a.application_name, %s)
                """,
                [self._table, f"{service}-"],
            )

    async def open(self) -> None:
        """Let the statement go on."""
        await self._holder.commit()


@asynccontextmanager
async def barrier(system: ChaosSystem, table: str) -> AsyncIterator[Barrier]:
    """Hold up whoever writes to the table."""
    async with await psycopg.AsyncConnection.connect(system.stack.database_url) as holder:
        await holder.execute(f"lock table {table} in share row exclusive mode")
        yield Barrier(system, table, holder)
