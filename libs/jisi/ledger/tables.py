"""Tables of the ledger: what is known of each query, its paid work, and what is still to be published.

There are no foreign keys: each would lock the query's row on every insert of the hot path. Rows of a query are removed
together, by age (`jisi.ledger.pruning`).
"""

from pgvector.sqlalchemy import Vector
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from jisi.database import metadata


def _moment(name: str, *, required: bool = False, now: bool = False) -> Column[object]:
    default = text("now()") if now else None
    return Column(name, DateTime(timezone=True), nullable=not (required or now), server_default=default)


query = Table(
    "query",
    metadata,
    Column("uid", Uuid, primary_key=True, comment="key inside the system: uuid5 of tenant and query id"),
    Column("tenant", Text, nullable=False),
    Column("query_id", Text, nullable=False),
    Column("body_hash", LargeBinary, nullable=False, comment="tells a repetition from a conflict; empty: a tombstone"),
    Column("chat", JSONB, nullable=False, comment="the turns to send to a model"),
    Column("mode", Text, nullable=False),
    Column("metadata", JSONB, nullable=False),
    Column("max_calls", Integer),
    Column("max_cost", Double, comment="USD"),
    Column("calls_reserved", Integer, nullable=False, server_default="0", comment="only kept where max_calls is set"),
    Column("cost_reserved", Double, nullable=False, server_default="0", comment="USD spent and reserved"),
    Column("state", Text, nullable=False, comment="routing, switching, aggregating, answered"),
    Column("traceparent", Text, comment="root context of the query's trace"),
    _moment("received_at", required=True),
    _moment("deadline_at", required=True),
    _moment("accepted_at", now=True),
    _moment("first_wave_at"),
    _moment("candidates_at"),
    _moment("decided_at"),
    _moment("answered_at"),
    _moment("touched_at", now=True),
    Column("stalls", SmallInteger, nullable=False, server_default="0", comment="how often its stage was emitted again"),
    UniqueConstraint("tenant", "query_id"),
    Index("ix_query_open", "touched_at", postgresql_where=text("state <> 'answered'")),
    Index("ix_query_accepted_at", "accepted_at"),
)

plan = Table(
    "plan",
    metadata,
    Column("query_uid", Uuid, primary_key=True),
    Column("bank_version", BigInteger, nullable=False),
    Column("pool_version", BigInteger, nullable=False),
    Column("settings", JSONB, nullable=False, comment="routing settings: one decision uses one set"),
    Column("ranking", JSONB, nullable=False),
    Column("document", LargeBinary, nullable=False, comment="packed jisi.routing.documents.plan_document"),
)

standing = Table(
    "standing",
    metadata,
    Column("query_uid", Uuid, primary_key=True),
    Column("bank_version", BigInteger, nullable=False, comment="differs from the plan's where S was computed again"),
    Column("refined", LargeBinary, nullable=False, comment="packed jisi.routing.documents.refined_document"),
    Column("standing", JSONB, nullable=False),
    Column("aggregators", JSONB, nullable=False, comment="models to try as aggregator, best first"),
    Column("recomputed_plan", LargeBinary, comment="the plan at this bank version, where the stored one's was gone"),
    Column("short_of_calls", Boolean, nullable=False, server_default="false"),
)

decision = Table(
    "decision",
    metadata,
    Column("query_uid", Uuid, primary_key=True),
    Column("document", JSONB, nullable=False),
)

fanin = Table(
    "fanin",
    metadata,
    Column("query_uid", Uuid, primary_key=True),
    Column("wave", SmallInteger, primary_key=True),
    Column("models", JSONB, nullable=False, comment="who is asked, best first"),
    Column("expected", SmallInteger, nullable=False),
    Column("finished", SmallInteger, nullable=False, server_default="0"),
    _moment("closes_at", required=True),
    _moment("closed_at"),
    _moment("resolved_at"),
)

timer = Table(
    "timer",
    metadata,
    Column("query_uid", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True, comment="wave: close a fan-in; deadline: answer with what is there"),
    Column("wave", SmallInteger, primary_key=True),
    _moment("run_after", required=True),
    Index("ix_timer_run_after", "run_after"),
)

task = Table(
    "task",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("query_uid", Uuid, nullable=False),
    Column("kind", Text, nullable=False, comment="expert or aggregator"),
    Column("model", Text, nullable=False),
    Column("wave", SmallInteger, nullable=False),
    Column("state", Text, nullable=False, comment="ready, running, done, dead"),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    Column("fence", Integer, nullable=False, server_default="0"),
    Column("limited", Boolean, nullable=False, comment="whether calls or money must be reserved first"),
    Column("reserved", Double, nullable=False, server_default="0", comment="USD reserved for the running attempt"),
    Column("owner", Text),
    Column("traceparent", Text),
    _moment("run_after", now=True),
    _moment("lease_until"),
    _moment("closes_at", required=True),
    UniqueConstraint("query_uid", "kind", "model"),
    Index("ix_task_ready", "kind", "model", "run_after", postgresql_where=text("state = 'ready'")),
    Index("ix_task_running", "kind", "lease_until", postgresql_where=text("state = 'running'")),
)

expert_response = Table(
    "expert_response",
    metadata,
    Column("query_uid", Uuid, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("wave", SmallInteger, nullable=False),
    Column("usable", Boolean, nullable=False),
    Column("cut_off", Boolean, nullable=False),
    Column("code", Text, comment="wire name of the error, where the call failed for good"),
    Column("text", Text, nullable=False),
    Column("completion_tokens", Integer),
    Column("reasoning_tokens", Integer),
    Column("reference_tokens", Integer, nullable=False, comment="of the visible text"),
    Column("embedding", Vector),
    _moment("counted_at"),
)

llm_call = Table(
    "llm_call",
    metadata,
    Column("query_uid", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("attempt", SmallInteger, primary_key=True),
    Column("wave", SmallInteger, nullable=False),
    Column("status", Text, nullable=False, comment="ok, failed, cancelled, lost"),
    Column("code", Text),
    Column("prompt_tokens", Integer),
    Column("completion_tokens", Integer),
    Column("reasoning_tokens", Integer),
    Column("counted", Boolean, nullable=False, server_default="false"),
    Column("cost", Double, comment="USD"),
    Column("seconds", Double),
    Column("first_chunk_seconds", Double),
    _moment("ended_at", now=True),
)

answer = Table(
    "answer",
    metadata,
    Column("query_uid", Uuid, primary_key=True),
    Column("status", Text, nullable=False),
    Column("body", Text, nullable=False, comment="the bytes that are published, always the same"),
    Column("repeats", Integer, nullable=False, server_default="0", comment="published again on demand"),
    _moment("created_at", now=True),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("traceparent", Text),
    _moment("created_at", now=True),
    Index("ix_outbox_created_at", "created_at"),
)
