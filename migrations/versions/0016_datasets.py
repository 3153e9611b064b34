"""Data sets that owners send, and their checks."""

import sqlalchemy as sa
from alembic import op

import store.types

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_jobs = sa.table("jobs", sa.column("kind"), sa.column("dataset_id"))


def upgrade() -> None:
    op.create_table(
        "datasets",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("pack_key", sa.String(length=200), nullable=False),
        sa.Column("pack_sha256", sa.String(length=64), nullable=False),
        sa.Column("pack_bytes", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("classes", store.types.Json, nullable=False),
        sa.Column("image_height", sa.Integer(), nullable=True),
        sa.Column("image_width", sa.Integer(), nullable=True),
        sa.Column("left_out", store.types.Json, nullable=False),
        sa.Column("notes", store.types.Json, nullable=False),
        sa.Column("created_at", store.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_datasets")),
        sa.UniqueConstraint("owner", "name", name=op.f("uq_datasets_owner_name")),
    )
    op.create_table(
        "checks",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("dataset", sa.String(length=100), nullable=False),
        sa.Column("dataset_id", sa.String(length=40), nullable=True),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("report", store.types.Json, nullable=True),
        sa.Column("samples_key", sa.String(length=200), nullable=True),
        sa.Column("samples_sha256", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["id"], ["jobs.id"], name=op.f("fk_checks_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checks")),
    )
    op.create_index(op.f("ix_checks_dataset_id"), "checks", ["dataset", "id"])
    op.create_index(op.f("ix_checks_dataset_id_id"), "checks", ["dataset_id", "id"])
    op.add_column("jobs", sa.Column("dataset_id", sa.String(length=40), nullable=True))
    op.add_column("jobs", sa.Column("dataset_digest", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_jobs_dataset_id_state"), "jobs", ["dataset_id", "state"])


def downgrade() -> None:
    # Without the data sets, nothing could run them, and an older version has no such kind.
    op.execute(sa.delete(_jobs).where(_jobs.c.kind == "check"))
    op.execute(sa.delete(_jobs).where(_jobs.c.dataset_id.is_not(None)))
    op.drop_index(op.f("ix_jobs_dataset_id_state"), "jobs")
    op.drop_column("jobs", "dataset_digest")
    op.drop_column("jobs", "dataset_id")
    op.drop_table("checks")
    op.drop_table("datasets")
