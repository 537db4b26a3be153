"""Spans in Postgres: written by COPY from the delivery's thread, deleted by age."""

import math
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy.ext.asyncio import AsyncEngine

from jisi.database import driver_connection, driver_url
from jisi.telemetry.delivery import ReceiverUnavailableError
from jisi.telemetry.spans import ENCODE_JSON, Span

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
_NULL = "\\N"
_SPECIAL = re.compile(r"[\\\t\n\r\x00]")
_NOT_FOR_JSONB = re.compile(r"\\u(?:0000|d[89a-f])|NaN|Infinity")
"""What a jsonb refuses: NUL, lone surrogates (pairs look alike here and are sorted out below), what is no JSON."""


class PostgresSpanExporter:
    """Copies spans into the table `span` on a connection of its own.

    It does not wait for the disk (`synchronous_commit`): the last half second of spans may go when Postgres crashes.
    """

    def __init__(self, *, database_url: str, service: str, instance: str) -> None:
        self._url = driver_url(database_url)
        self._origin = f"{_escaped(service)}\t{_escaped(instance)}"
        self._service = service
        self._connection: psycopg.Connection[Any] | None = None

    def write(self, spans: Sequence[Span]) -> None:
        """Add the spans in one statement.

        Raises:
            ReceiverUnavailableError: Postgres is down; they may or may not have been written.
        """
        try:
            connection = self._connected()
            with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
                for first in range(0, len(spans), ROWS_AT_ONCE):
                    if first:
                        time.sleep(YIELD_SECONDS)
                    rows = [self._row(span) for span in spans[first : first + ROWS_AT_ONCE]]
                    copy.write("".join(rows).encode("utf-8", "replace"))
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
            )
            self._connection.execute("set synchronous_commit = off")
        return self._connection

    def _row(self, span: Span) -> str:
        parent = span.parent_id or _NULL
        links = _for_copy(ENCODE_JSON(span.links)) if span.links else _NULL
        return (
            f"{span.trace_id}\t{span.span_id}\t{parent}\t{_escaped(span.name)}\t{span.kind}\t{self._origin}"
            f"\t{span.started_at}\t{span.ended_at}\t{span.status}\t{_attributes(span)}\t{links}\n"
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


def _attributes(span: Span) -> str:
    """Give the attributes as JSON for COPY; those shared by many spans were encoded once for all."""
    fixed = span.fixed.json
    if not span.attributes:
        text = f"{{{fixed}}}"
    elif fixed:
        text = f"{{{fixed},{ENCODE_JSON(span.attributes)[1:]}"
    else:
        text = ENCODE_JSON(span.attributes)
    if _NOT_FOR_JSONB.search(text):
        text = ENCODE_JSON(_clean({**span.fixed.values, **span.attributes}))
    return _for_copy(text)


def _for_copy(json_text: str) -> str:
    """Escape JSON for COPY: it has no control characters, only backslashes."""
    return json_text.replace("\\", "\\\\") if "\\" in json_text else json_text


def _clean(value: object) -> object:
    match value:
        case str():
            return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
        case float() if not math.isfinite(value):
            return str(value)
        case Mapping():
            return {str(_clean(str(key))): _clean(item) for key, item in value.items()}
        case list() | tuple():
            return [_clean(item) for item in value]
        case _:
            return value


def _escaped(text: str) -> str:
    """Escape a value for COPY's text format."""
    if _SPECIAL.search(text) is None:
        return text
    clean = text.replace("\x00", "\ufffd").replace("\\", "\\\\")
    return clean.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
