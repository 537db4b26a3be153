"""The bank's tables: items, models, records, responses, and the row that describes them (`jisi.support.tables`)."""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import Vector
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0001_bank"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, and the bank's row."""
    op.execute("create extension if not exists vector")
    op.create_table(
        "bank",
        sa.Column("id", sa.Boolean, primary_key=True, server_default=sa.text("true")),
        sa.Column("version", sa.BigInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("embedder", sa.Text),
        sa.Column("dimensions", sa.Integer),
        sa.Column("token_basis", sa.Text),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("id", name="one_row"),
        sa.CheckConstraint("token_basis in ('usage', 'visible')", name="token_basis"),
    )
    op.execute("insert into bank default values")
    op.create_table(
        "model",
        sa.Column("id", sa.SmallInteger, sa.Identity(), primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "item",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("dataset", sa.Text, nullable=False),
        sa.Column("index", sa.BigInteger, nullable=False),
        sa.Column("split", sa.Text, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("embedding", Vector(), nullable=False),
        sa.Column("gt", sa.JSON),
        sa.Column("extra", sa.JSON),
        sa.Column("keys", ARRAY(sa.Text), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("dataset", "index", "split"),
        sa.CheckConstraint("split in ('train', 'test')", name="split"),
    )
    op.create_table(
        "record",
        _item_id(),
        _model_id(),
        sa.Column("score", sa.Double),
        sa.Column("tokens", sa.Integer),
        sa.Column("prompt_tokens", sa.Integer),
        sa.Column("cost", sa.Double),
        sa.Column("source", sa.JSON),
    )
    op.create_table(
        "response",
        _item_id(),
        _model_id(),
        sa.Column("text", sa.Text),
        sa.Column("embedding", Vector()),
    )
    # A vector stays in its row, so that a thousand are read without a detour each; the long text moves out instead.
    for table in ("item", "response"):
        op.execute(f"alter table {table} alter column embedding set storage plain")


def downgrade() -> None:
    """Drop the tables; the extension stays, since it may have been there before."""
    for table in ("response", "record", "item", "model", "bank"):
        op.drop_table(table)


def _item_id() -> sa.Column[int]:
    return sa.Column("item_id", sa.BigInteger, sa.ForeignKey("item.id", ondelete="cascade"), primary_key=True)


def _model_id() -> sa.Column[int]:
    return sa.Column("model_id", sa.SmallInteger, sa.ForeignKey("model.id"), primary_key=True)
