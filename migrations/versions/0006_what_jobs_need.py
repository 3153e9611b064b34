"""What a job asks of a worker, and an order of claims that is fair between owners."""

import sqlalchemy as sa
from alembic import op

import store.types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_FAIR = "ix_jobs_state_owner_priority_created_at"
_BY_AGE = "ix_jobs_state_priority_created_at"


def upgrade() -> None:
    device = sa.Column("device", sa.String(length=20), nullable=False, server_default="auto")
    op.add_column("jobs", device)
    op.add_column("jobs", sa.Column("memory_bytes", sa.BigInteger(), nullable=True))
    op.add_column("jobs", sa.Column("least_memory_bytes", sa.BigInteger(), nullable=True))
    _take_devices_from_specs()
    op.create_index(op.f(_FAIR), "jobs", ["state", "owner", "priority", "created_at"])
    op.drop_index(op.f(_BY_AGE), "jobs")


def downgrade() -> None:
    op.create_index(op.f(_BY_AGE), "jobs", ["state", "priority", "created_at"])
    op.drop_index(op.f(_FAIR), "jobs")
    for name in ("least_memory_bytes", "memory_bytes", "device"):
        op.drop_column("jobs", name)


def _take_devices_from_specs() -> None:
    jobs = sa.table("jobs", sa.column("id"), sa.column("device"))
    searches = sa.table("searches", sa.column("id"), sa.column("spec", store.types.Json))
    wanted = searches.c.spec["device"].as_string()
    asked_for = sa.select(searches.c.id).where(wanted == sa.bindparam("wanted"))
    for name in ("cpu", "cuda"):
        op.execute(
            sa.update(jobs).where(jobs.c.id.in_(asked_for.params(wanted=name))).values(device=name)
        )
