"""What ended recently is counted for operators without a look at all that ever ended."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_epochs_finished_at"), "epochs", ["finished_at"])
    for table, column, condition in (
        ("jobs", "finished_at", "finished_at IS NOT NULL"),
        ("events", "time", "type = 'attempt_lost'"),
    ):
        where = sa.text(condition)
        name = op.f(f"ix_{table}_{column}")
        op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index(op.f("ix_events_time"), "events")
    op.drop_index(op.f("ix_jobs_finished_at"), "jobs")
    op.drop_index(op.f("ix_epochs_finished_at"), "epochs")
