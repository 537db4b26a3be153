"""The pool's tables: applied pools, shares of endpoints, cool-downs (`jisi.llm.tables`)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002_pool"
down_revision = "0001_bank"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "pool",
        sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("default_model", sa.Text, nullable=False),
        sa.Column("models", JSONB, nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        comment="Every pool that was applied, the highest version last; models in pool order. Plans name their version.",
    )
    op.create_table(
        "endpoint",
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column("arrival_at", sa.Double, nullable=False, server_default=sa.text("0")),
        comment="One row a model with limits: locked to divide them; GCRA's theoretical arrival time, seconds since 1970.",
    )
    op.create_table(
        "endpoint_share",
        sa.Column("model", sa.Text, sa.ForeignKey("endpoint.model", ondelete="cascade"), primary_key=True),
        sa.Column("replica", sa.Text, primary_key=True),
        sa.Column("slots", sa.Integer, nullable=False),
        sa.Column("demand", sa.Integer, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("slots >= 0 and demand >= 0", name="counts"),
        comment="Calls at once lent to a replica until expires_at; since: has slots, or waits for one, since then.",
    )
    op.create_table(
        "cool_down",
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("rounds", sa.Integer, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        comment="Models left alone until then; rounds: cool-downs in a row without a success between them.",
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("cool_down", "endpoint_share", "endpoint", "pool"):
        op.drop_table(table)
