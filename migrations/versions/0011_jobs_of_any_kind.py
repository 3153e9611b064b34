"""What jobs of all kinds have moves from searches to jobs; deliveries name a job."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

import store.types

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_MOVED = ("name", "dataset", "spec", "spec_sha256", "labels", "estimate")
_PLACE: dict[str, Any] = {"stage": sa.Integer(), "epoch": sa.Integer(), "phase": sa.String(20)}
"""Where a search is; what was a column each is a member of `jobs.progress`."""
_NEW_INDEXES = (
    ("jobs", ["owner", "kind", "id"]),
    ("jobs", ["owner", "kind", "state", "id"]),
    ("jobs", ["owner", "kind", "dataset", "id"]),
)
_OLD_INDEXES = (
    ("jobs", ["owner", "id"]),
    ("jobs", ["owner", "state", "id"]),
    ("searches", ["owner", "dataset", "id"]),
)

_jobs = sa.table(
    "jobs",
    sa.column("id"),
    sa.column("kind"),
    sa.column("owner"),
    sa.column("progress", store.types.Json),
    *(sa.column(f"progress_{name}", of) for name, of in _PLACE.items()),
    *(sa.column(name) for name in _MOVED),
)
_searches = sa.table(
    "searches", sa.column("id"), sa.column("owner"), *(sa.column(name) for name in _MOVED)
)


def upgrade() -> None:
    for column in _moved_columns(dataset_is_needed=False):
        op.add_column("jobs", column)
    empty = sa.Column("progress", store.types.Json, server_default="{}", nullable=False)
    op.add_column("jobs", empty)
    _copy(_searches, _jobs, _MOVED)
    _gather_progress()
    _drop_indexes(_OLD_INDEXES)
    for name in ("owner", *_MOVED):
        op.drop_column("searches", name)
    for name in _PLACE:
        op.drop_column("jobs", f"progress_{name}")
    _create_indexes(_NEW_INDEXES)
    op.alter_column("deliveries", "search_id", new_column_name="job_id")


def downgrade() -> None:
    # Nothing could run them, or show them.
    op.execute(sa.delete(_jobs).where(_jobs.c.kind != "search"))
    op.alter_column("deliveries", "job_id", new_column_name="search_id")
    _drop_indexes(_NEW_INDEXES)
    for name, of in _PLACE.items():
        op.add_column("jobs", sa.Column(f"progress_{name}", of, nullable=True))
    _spread_progress()
    owner = sa.Column("owner", sa.String(64), server_default="", nullable=False)
    op.add_column("searches", owner)
    for column in _moved_columns(dataset_is_needed=True):
        op.add_column("searches", column)
    _copy(_jobs, _searches, ("owner", *_MOVED))
    _create_indexes(_OLD_INDEXES)
    for name in ("progress", *_MOVED):
        op.drop_column("jobs", name)


def _moved_columns(*, dataset_is_needed: bool) -> list[sa.Column[Any]]:
    # Columns that are added need a default wherever they may not be null.
    dataset: dict[str, Any] = {"server_default": "", "nullable": False} if dataset_is_needed else {}
    return [
        sa.Column("name", sa.String(200), nullable=True),
        sa.Column("dataset", sa.String(100), **dataset),
        sa.Column("spec", store.types.Json, server_default="{}", nullable=False),
        sa.Column("spec_sha256", sa.String(64), server_default="", nullable=False),
        sa.Column("labels", store.types.Json, server_default="{}", nullable=False),
        sa.Column("estimate", store.types.Json, nullable=True),
    ]


def _copy(source: sa.TableClause, target: sa.TableClause, names: Sequence[str]) -> None:
    """Copy columns between the rows of searches and those of their jobs."""
    same = source.c.id == target.c.id
    found = sa.select(*(source.c[name] for name in names)).where(same).scalar_subquery()
    columns = sa.tuple_(*(target.c[name] for name in names))
    has_one = sa.exists().where(same)
    op.execute(sa.update(target).where(has_one).ordered_values((columns, found)))


def _gather_progress() -> None:
    build = "json_object" if op.get_bind().dialect.name == "sqlite" else "jsonb_build_object"
    members = ", ".join(f"'{name}', progress_{name}" for name in _PLACE)
    op.execute(
        f"UPDATE jobs SET progress = {build}({members}) WHERE progress_stage IS NOT NULL"  # noqa: S608
    )


def _spread_progress() -> None:
    member = _jobs.c.progress
    op.execute(
        sa.update(_jobs).values(
            progress_stage=member["stage"].as_integer(),
            progress_epoch=member["epoch"].as_integer(),
            progress_phase=member["phase"].as_string(),
        )
    )


def _create_indexes(indexes: Sequence[tuple[str, Sequence[str]]]) -> None:
    for table, columns in indexes:
        op.create_index(_name(table, columns), table, columns)


def _drop_indexes(indexes: Sequence[tuple[str, Sequence[str]]]) -> None:
    for table, columns in indexes:
        op.drop_index(_name(table, columns), table)


def _name(table: str, columns: Sequence[str]) -> str:
    return op.f(f"ix_{table}_{'_'.join(columns)}")
