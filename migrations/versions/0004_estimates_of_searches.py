"""What a search is expected to need."""

import sqlalchemy as sa
from alembic import op

import store.types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("searches", sa.Column("estimate", store.types.Json, nullable=True))


def downgrade() -> None:
    op.drop_column("searches", "estimate")
