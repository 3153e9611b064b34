"""What workers last read of their GPUs."""

import sqlalchemy as sa
from alembic import op

import store.types

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of workers of an older version nothing is read."""
    column = sa.Column("gpus", store.types.Json, nullable=False, server_default="[]")
    op.add_column("workers", column)


def downgrade() -> None:
    """Drop it."""
    op.drop_column("workers", "gpus")
