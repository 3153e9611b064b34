"""When a job that was given back may be tried again."""

import sqlalchemy as sa
from alembic import op

import store.types

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what was there before does not wait."""
    moment = store.types.UtcDateTime(timezone=True)
    op.add_column("jobs", sa.Column("not_before", moment, nullable=True))
    op.add_column("jobs", sa.Column("waits", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("jobs", "waits")
    op.drop_column("jobs", "not_before")
