"""Spans in Postgres: written by COPY from the delivery's thread, deleted by age."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.database import driver_connection, driver_url
from jisi.telemetry.delivery import ReceiverUnavailableError
from jisi.telemetry.jsonb import NULL, copy_json, copy_text
from jisi.telemetry.spans import Span

ROWS_AT_ONCE = 64
"""Rows encoded before the event loop is offered the interpreter: some 0.3 ms, where it would else wait up to 5 ms."""

YIELD_SECONDS = 0.0001
"""Sleep that lets the event loop's thread take the interpreter; less is not slept at all."""

PRUNE_ROWS = 20_000
"""Rows deleted in a transaction, so that none holds back vacuum for long."""

_COPY = (
    "copy span (trace_id, span_id, parent_id, name, kind, service, instance, started_at, ended_at, status, attributes,"
    " links) from stdin"
)
_PRUNE = "delete from span where ctid = any(array(select ctid from span where started_at < %(before)s limit %(rows)s))"


class PostgresSpanExporter:
    """Copies spans into the table `span` on a connection of its own.

    It does not wait for the disk (`synchronous_commit`): the last half second of spans may go when Postgres crashes.
    It leaves nothing in its session, so that it may go through a pooler in transaction mode.
    """

    def __init__(self, *, database_url: str, service: str, instance: str) -> None:
        self._url = driver_url(database_url)
        self._origin = f"{copy_text(service)}\t{copy_text(instance)}"
        self._service = service
        self._connection: psycopg.Connection[Any] | None = None

    def write(self, spans: Sequence[Span]) -> None:
        """Add the spans in one transaction.

        Raises:
            ReceiverUnavailableError: Postgres is down; they may or may not have been written.
        """
        try:
            connection = self._connected()
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute("set local synchronous_commit = off")
                self._copy(cursor, spans)
        except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as error:
            self.close()
            raise ReceiverUnavailableError(str(error).strip()) from error

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=3,
                application_name=f"jisi-{self._service}-spans",
                client_encoding="UTF8",
                prepare_threshold=None,
            )
        return self._connection

    def _copy(self, cursor: psycopg.Cursor[Any], spans: Sequence[Span]) -> None:
        with cursor.copy(_COPY) as copy:
            for first in range(0, len(spans), ROWS_AT_ONCE):
                if first:
                    time.sleep(YIELD_SECONDS)
                rows = [self._row(span) for span in spans[first : first + ROWS_AT_ONCE]]
                copy.write("".join(rows).encode())

    def _row(self, span: Span) -> str:
        fixed, own = span.fixed.json, copy_json(span.attributes) if span.attributes else "{}"
        attributes = f"{{{fixed},{own[1:]}" if fixed and span.attributes else f"{{{fixed}}}" if fixed else own
        links = copy_json(span.links) if span.links else NULL
        return (
            f"{span.trace_id}\t{span.span_id}\t{span.parent_id or NULL}\t{copy_text(span.name)}\t{span.kind}"
            f"\t{self._origin}\t{span.started_at}\t{span.ended_at}\t{span.status}\t{attributes}\t{links}\n"
        )


async def prune_spans(engine: AsyncEngine, older_than: timedelta, *, now: datetime | None = None) -> int:
    """Delete the spans begun longer ago than that, and say how many; any number of processes may do so at once."""
    before = int(((now or datetime.now(UTC)) - older_than).timestamp() * 1_000_000_000)
    deleted = 0
    async with driver_connection(engine, autocommit=True) as connection:
        while True:
            cursor = await connection.execute(_PRUNE, {"before": before, "rows": PRUNE_ROWS})
            deleted += cursor.rowcount
            if cursor.rowcount < PRUNE_ROWS:
                return deleted
