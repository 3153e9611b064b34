"""How many images a job left out."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("images_skipped", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("jobs", "images_skipped")
