"""Searches and stages tell whether they found anything; epochs count hits class by class."""

import sqlalchemy as sa
from alembic import op

import store.types

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_NEW = (("searches", "signal"), ("stages", "signal"), ("epochs", "valid_classes"))
"""All null in old rows."""


def upgrade() -> None:
    for table, name in _NEW:
        op.add_column(table, sa.Column(name, store.types.Json, nullable=True))


def downgrade() -> None:
    for table, name in _NEW:
        op.drop_column(table, name)
