"""Weights that owners send, and the evaluations that begin with them."""

import sqlalchemy as sa
from alembic import op

import store.types

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_jobs = sa.table("jobs", sa.column("id"), sa.column("state"))
_evaluations = sa.table("evaluations", sa.column("id"), sa.column("weights_id"))
_OVER = ("succeeded", "cancelled")


def upgrade() -> None:
    op.create_table(
        "weights",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("layout", sa.String(length=20), nullable=False),
        sa.Column("parameters", sa.BigInteger(), nullable=False),
        sa.Column("tensors", sa.Integer(), nullable=False),
        sa.Column("stem", sa.String(length=20), nullable=False),
        sa.Column("init_channels", sa.Integer(), nullable=False),
        sa.Column("layers", sa.Integer(), nullable=False),
        sa.Column("num_classes", sa.Integer(), nullable=False),
        sa.Column("auxiliary", sa.Boolean(), nullable=False),
        sa.Column("shapes", store.types.Json, nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weights")),
        sa.UniqueConstraint("owner", "sha256", name=op.f("uq_weights_owner_sha256")),
    )
    op.create_index(op.f("ix_weights_owner_id"), "weights", ["owner", "id"])
    op.add_column("evaluations", sa.Column("weights_id", sa.String(length=40), nullable=True))
    op.create_index(op.f("ix_evaluations_weights_id"), "evaluations", ["weights_id"])


def downgrade() -> None:
    # What has yet to run would begin with other weights.
    begin_with_them = sa.select(_evaluations.c.id).where(_evaluations.c.weights_id.is_not(None))
    op.execute(sa.delete(_jobs).where(_jobs.c.id.in_(begin_with_them), _jobs.c.state.not_in(_OVER)))
    op.drop_index(op.f("ix_evaluations_weights_id"), "evaluations")
    op.drop_column("evaluations", "weights_id")
    op.drop_table("weights")
