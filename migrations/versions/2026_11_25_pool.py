"""The pool's tables."""

revision = "0002_pool"
down_revision = "0001_bank"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""


def downgrade() -> None:
    """Drop them."""
