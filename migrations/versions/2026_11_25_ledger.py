"""The ledger's tables."""

revision = "0003_ledger"
down_revision = "0002_pool"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Drop them."""
