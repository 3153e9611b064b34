"""A page of searches is found by an index, whatever it is filtered by; so is the best accuracy."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "searches", sa.Column("owner", sa.String(length=64), server_default="", nullable=False)
    )
    jobs, searches = (
        sa.table(name, sa.column("id"), sa.column("owner")) for name in ("jobs", "searches")
    )
    owner = sa.select(jobs.c.owner).where(jobs.c.id == searches.c.id).scalar_subquery()
    op.execute(searches.update().values(owner=owner))
    op.drop_index(op.f("ix_searches_dataset"), "searches")
    op.create_index(op.f("ix_searches_owner_dataset_id"), "searches", ["owner", "dataset", "id"])
    op.create_index(op.f("ix_jobs_owner_state_id"), "jobs", ["owner", "state", "id"])
    op.create_index(
        op.f("ix_epochs_search_id_valid_accuracy"), "epochs", ["search_id", "valid_accuracy"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_epochs_search_id_valid_accuracy"), "epochs")
    op.drop_index(op.f("ix_jobs_owner_state_id"), "jobs")
    op.drop_index(op.f("ix_searches_owner_dataset_id"), "searches")
    op.drop_column("searches", "owner")
    op.create_index(op.f("ix_searches_dataset"), "searches", ["dataset"])
