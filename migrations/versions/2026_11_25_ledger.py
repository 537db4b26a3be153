"""The ledger's tables: queries and their path, paid work, answers, outbox."""

import pgvector.sqlalchemy.vector
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_ledger"
down_revision = "0002_pool"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "query",
        sa.Column("uid", sa.Uuid(), nullable=False, comment="key inside the system: uuid5 of tenant and query id"),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("query_id", sa.Text(), nullable=False),
        sa.Column(
            "body_hash",
            sa.LargeBinary(),
            nullable=False,
            comment="tells a repetition from a conflict; empty: a tombstone",
        ),
        sa.Column(
            "chat", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="the turns to send to a model"
        ),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("metadata", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("max_calls", sa.Integer(), nullable=True),
        sa.Column("max_cost", sa.Double(), nullable=True, comment="USD"),
        sa.Column(
            "calls_reserved",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="only kept where max_calls is set",
        ),
        sa.Column("cost_reserved", sa.Double(), server_default="0", nullable=False, comment="USD spent and reserved"),
        sa.Column("state", sa.Text(), nullable=False, comment="routing, switching, aggregating, answered"),
        sa.Column("traceparent", sa.Text(), nullable=True, comment="root context of the query's trace"),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("first_wave_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("candidates_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("touched_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "stalls",
            sa.SmallInteger(),
            server_default="0",
            nullable=False,
            comment="how often its stage was emitted again",
        ),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_query")),
        sa.UniqueConstraint("tenant", "query_id", name=op.f("uq_query_tenant_query_id")),
    )
    op.create_index("ix_query_accepted_at", "query", ["accepted_at"], unique=False)
    op.create_index(
        "ix_query_open", "query", ["touched_at"], unique=False, postgresql_where=sa.text("state <> 'answered'")
    )
    op.create_table(
        "plan",
        sa.Column("query_uid", sa.Uuid(), nullable=False),
        sa.Column("bank_version", sa.BigInteger(), nullable=False),
        sa.Column("pool_version", sa.BigInteger(), nullable=False),
        sa.Column(
            "settings",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="routing settings: one decision uses one set",
        ),
        sa.Column("ranking", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "document", sa.LargeBinary(), nullable=False, comment="packed jisi.routing.documents.plan_document"
        ),
        sa.PrimaryKeyConstraint("query_uid", name=op.f("pk_plan")),
    )
    op.create_table(
        "standing",
        sa.Column("query_uid", sa.Uuid(), nullable=False),
        sa.Column(
            "bank_version",
            sa.BigInteger(),
            nullable=False,
            comment="differs from the plan's where S was computed again",
        ),
        sa.Column(
            "refined", sa.LargeBinary(), nullable=False, comment="packed jisi.routing.documents.refined_document"
        ),
        sa.Column("standing", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "aggregators",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="models to try as aggregator, best first",
        ),
        sa.Column(
            "recomputed_plan",
            sa.LargeBinary(),
            nullable=True,
            comment="the plan at this bank version, where the stored one's was gone",
        ),
        sa.Column("short_of_calls", sa.Boolean(), server_default="false", nullable=False),
        sa.PrimaryKeyConstraint("query_uid", name=op.f("pk_standing")),
    )
    op.create_table(
        "decision",
        sa.Column("query_uid", sa.Uuid(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("query_uid", name=op.f("pk_decision")),
    )
    op.create_table(
        "fanin",
        sa.Column("query_uid", sa.Uuid(), nullable=False),
        sa.Column("wave", sa.SmallInteger(), nullable=False),
        sa.Column(
            "models", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="who is asked, best first"
        ),
        sa.Column("expected", sa.SmallInteger(), nullable=False),
        sa.Column("finished", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("query_uid", "wave", name=op.f("pk_fanin")),
    )
    op.create_table(
        "timer",
        sa.Column("query_uid", sa.Uuid(), nullable=False),
        sa.Column(
            "kind", sa.Text(), nullable=False, comment="wave: close a fan-in; deadline: answer with what is there"
        ),
        sa.Column("wave", sa.SmallInteger(), nullable=False),
        sa.Column("run_after", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("query_uid", "kind", "wave", name=op.f("pk_timer")),
    )
    op.create_index("ix_timer_run_after", "timer", ["run_after"], unique=False)
    op.create_table(
        "task",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("query_uid", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="expert or aggregator"),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("wave", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="ready, running, done, dead"),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("limited", sa.Boolean(), nullable=False, comment="whether calls or money must be reserved first"),
        sa.Column(
            "reserved", sa.Double(), server_default="0", nullable=False, comment="USD reserved for the running attempt"
        ),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("run_after", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("query_uid", "kind", "model", name=op.f("uq_task_query_uid_kind_model")),
    )
    op.create_index(
        "ix_task_ready",
        "task",
        ["kind", "model", "run_after"],
        unique=False,
        postgresql_where=sa.text("state = 'ready'"),
    )
    op.create_index(
        "ix_task_running", "task", ["kind", "lease_until"], unique=False, postgresql_where=sa.text("state = 'running'")
    )
    op.create_table(
        "expert_response",
        sa.Column("query_uid", sa.Uuid(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("wave", sa.SmallInteger(), nullable=False),
        sa.Column("usable", sa.Boolean(), nullable=False),
        sa.Column("cut_off", sa.Boolean(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True, comment="wire name of the error, where the call failed for good"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("completion_tokens", sa.Integer(), nullable=True),
        sa.Column("reasoning_tokens", sa.Integer(), nullable=True),
        sa.Column("reference_tokens", sa.Integer(), nullable=False, comment="of the visible text"),
        sa.Column("embedding", pgvector.sqlalchemy.vector.VECTOR(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("query_uid", "model", name=op.f("pk_expert_response")),
    )
    op.create_table(
        "llm_call",
        sa.Column("query_uid", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("wave", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False, comment="ok, failed, cancelled, lost"),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("prompt_tokens", sa.Integer(), nullable=True),
        sa.Column("completion_tokens", sa.Integer(), nullable=True),
        sa.Column("reasoning_tokens", sa.Integer(), nullable=True),
        sa.Column("counted", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("cost", sa.Double(), nullable=True, comment="USD"),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.Column("first_chunk_seconds", sa.Double(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("query_uid", "kind", "model", "attempt", name=op.f("pk_llm_call")),
    )
    op.create_table(
        "answer",
        sa.Column("query_uid", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="the bytes that are published, always the same"),
        sa.Column("repeats", sa.Integer(), server_default="0", nullable=False, comment="published again on demand"),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("query_uid", name=op.f("pk_answer")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_created_at", "outbox", ["created_at"], unique=False)
    # Float64 numbers do not shrink: trying to compress them costs the router's statements a quarter of their time.
    for table, column in (("plan", "document"), ("standing", "refined"), ("standing", "recomputed_plan")):
        op.execute(f"alter table {table} alter column {column} set storage external")


def downgrade() -> None:
    """Drop them."""
    for table in (
        "outbox",
        "answer",
        "llm_call",
        "expert_response",
        "task",
        "timer",
        "fanin",
        "decision",
        "standing",
        "plan",
        "query",
    ):
        op.drop_table(table)
