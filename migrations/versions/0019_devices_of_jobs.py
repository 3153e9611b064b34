"""How many devices jobs ask for, and workers offer."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; 1 for what was there before."""
    for table in ("jobs", "workers"):
        op.add_column(
            table, sa.Column("device_count", sa.Integer(), nullable=False, server_default="1")
        )


def downgrade() -> None:
    """Drop them."""
    for table in ("jobs", "workers"):
        op.drop_column(table, "device_count")
