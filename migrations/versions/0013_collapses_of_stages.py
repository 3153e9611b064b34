"""When a stage's normal cell collapsed into skip-connects."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; null for the stages before."""
    op.add_column("stages", sa.Column("collapsed_epoch", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("stages", "collapsed_epoch")
