"""The parts that a stage's batches are computed in."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "stages", sa.Column("accumulation", sa.Integer(), server_default="1", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("stages", "accumulation")
