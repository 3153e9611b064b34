"""Evaluations: genotypes that are trained from scratch and tested."""

import sqlalchemy as sa
from alembic import op

import store.types

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_jobs = sa.table("jobs", sa.column("kind"))


def upgrade() -> None:
    op.create_table(
        "evaluations",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("genotype", store.types.Json, nullable=False),
        sa.Column("genotype_id", sa.String(length=40), nullable=True),
        sa.Column("search_id", sa.String(length=40), nullable=True),
        sa.Column("result", store.types.Json, nullable=True),
        sa.Column("details", store.types.Json, nullable=True),
        sa.Column("models", store.types.Json, nullable=True),
        sa.ForeignKeyConstraint(
            ["id"], ["jobs.id"], name=op.f("fk_evaluations_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
    )
    op.create_index(op.f("ix_evaluations_genotype_id"), "evaluations", ["genotype_id"])
    op.create_index(op.f("ix_evaluations_search_id"), "evaluations", ["search_id"])
    op.create_table(
        "evaluation_epochs",
        sa.Column("evaluation_id", sa.String(length=40), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("learning_rate", sa.Double(), nullable=False),
        sa.Column("drop_path_prob", sa.Double(), nullable=False),
        sa.Column("train_loss", sa.Double(), nullable=False),
        sa.Column("train_auxiliary_loss", sa.Double(), nullable=False),
        sa.Column("train_accuracy", sa.Double(), nullable=False),
        sa.Column("train_top5", sa.Double(), nullable=False),
        sa.Column("gradient_norm", sa.Double(), nullable=False),
        sa.Column("valid_loss", sa.Double(), nullable=True),
        sa.Column("valid_accuracy", sa.Double(), nullable=True),
        sa.Column("valid_top5", sa.Double(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("images_per_second", sa.Double(), nullable=False),
        sa.Column("memory_bytes", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", store.types.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["evaluations.id"],
            name=op.f("fk_evaluation_epochs_evaluation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("evaluation_id", "epoch", name=op.f("pk_evaluation_epochs")),
    )


def downgrade() -> None:
    # Nothing could run them, or show them.
    op.execute(sa.delete(_jobs).where(_jobs.c.kind == "evaluation"))
    op.drop_table("evaluation_epochs")
    op.drop_table("evaluations")
