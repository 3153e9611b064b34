"""Genotypes that are imported, or derived from a search's alphas later on."""

import sqlalchemy as sa
from alembic import op

import store.types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("genotypes") as table:
        table.add_column(sa.Column("owner", sa.String(length=64), nullable=True))
        table.add_column(
            sa.Column("origin", sa.String(length=20), server_default="search", nullable=False)
        )
        table.add_column(sa.Column("name", sa.String(length=200), nullable=True))
        table.add_column(
            sa.Column(
                "skip_limit_reduce", store.types.SkipLimit(), server_default="-1", nullable=False
            )
        )
    op.execute(
        "UPDATE genotypes SET owner ="
        " (SELECT jobs.owner FROM jobs WHERE jobs.id = genotypes.search_id)"
    )
    with op.batch_alter_table("genotypes") as table:
        table.alter_column("owner", existing_type=sa.String(length=64), nullable=False)
        table.alter_column("origin", existing_type=sa.String(length=20), server_default=None)
        table.alter_column(
            "skip_limit_reduce", existing_type=store.types.SkipLimit(), server_default=None
        )
        table.alter_column("search_id", existing_type=sa.String(length=40), nullable=True)
        table.alter_column("edge_weights", existing_type=store.types.Json, nullable=True)
        table.drop_constraint("uq_genotypes_search_id_skip_limit", type_="unique")
        table.create_unique_constraint(
            "uq_genotypes_search_id_skip_limit_skip_limit_reduce",
            ["search_id", "skip_limit", "skip_limit_reduce"],
        )
        table.create_index("ix_genotypes_owner_id", ["owner", "id"])


def downgrade() -> None:
    op.execute("DELETE FROM genotypes WHERE origin <> 'search'")
    with op.batch_alter_table("genotypes") as table:
        table.drop_index("ix_genotypes_owner_id")
        table.drop_constraint("uq_genotypes_search_id_skip_limit_skip_limit_reduce", type_="unique")
        table.create_unique_constraint(
            "uq_genotypes_search_id_skip_limit", ["search_id", "skip_limit"]
        )
        table.alter_column("edge_weights", existing_type=store.types.Json, nullable=False)
        table.alter_column("search_id", existing_type=sa.String(length=40), nullable=False)
        for column in ("skip_limit_reduce", "name", "origin", "owner"):
            table.drop_column(column)
