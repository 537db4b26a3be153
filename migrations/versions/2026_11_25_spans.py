"""The table of spans (`jisi.telemetry.tables`)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004_spans"
down_revision = "0003_ledger"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table and its indices."""
    op.create_table(
        "span",
        sa.Column("trace_id", sa.Text, nullable=False),
        sa.Column("span_id", sa.Text, nullable=False),
        sa.Column("parent_id", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("instance", sa.Text, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("attributes", JSONB, nullable=False),
        sa.Column("links", JSONB),
    )
    op.create_index("ix_span_trace_id", "span", ["trace_id"])
    op.create_index("ix_span_started_at", "span", ["started_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("span")
