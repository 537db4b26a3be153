"""The table of spans: the recent traces, kept for `jisi why` without any collector."""

from sqlalchemy import BigInteger, Column, Index, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from jisi.database.metadata import metadata

span = Table(
    "span",
    metadata,
    Column("trace_id", Text, nullable=False),
    Column("span_id", Text, nullable=False),
    Column("parent_id", Text),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("instance", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("attributes", JSONB, nullable=False),
    Column("links", JSONB),
    Index(None, "trace_id"),
    Index(None, "started_at"),
)
"""One finished span a row. Ids are the hexadecimal digits of W3C Trace Context; times are nanoseconds since 1970, which
a timestamp cannot hold; `status` is unset or error; `links` are traceparents.

No key: it would cost every span one more index, and a span written twice (Postgres died while it confirmed) is sorted
out by who reads. The index on time is for pruning; a BRIN would do at first, but its ranges never narrow again once the
space of deleted spans is used anew."""
