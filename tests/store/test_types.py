from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError, StatementError

from store.database import Database
from store.ids import IdKind, new_id
from store.states import GenotypeOrigin
from store.tables import GenotypeRow, Worker
from store.types import Float32Table, UtcDateTime, db_now
from tests.support.factories import make_search

WORKER = {
    "name": "w",
    "host": "h",
    "pid": 1,
    "device": "cpu",
    "device_name": "",
    "memory_bytes": 1,
    "version": "0",
}


def genotype_row(search_id: str, skip_limit: int | None) -> GenotypeRow:
    return GenotypeRow(
        id=new_id(IdKind.GENOTYPE),
        owner="local",
        origin=GenotypeOrigin.SEARCH,
        search_id=search_id,
        skip_limit=skip_limit,
        skip_limit_reduce=None,
        skip_connects=0,
        recommended=False,
        genotype={},
        edge_weights={},
        version="0",
    )


def test_a_moment_keeps_its_instant(database: Database) -> None:
    moment = datetime(2026, 11, 24, 12, 30, 0, 123456, timezone(timedelta(hours=5)))
    with database.write() as session:
        session.execute(insert(Worker).values(id="wrk_1", last_beat_at=moment, **WORKER))
    with database.read() as session:
        read = session.scalars(select(Worker.last_beat_at)).one()
    assert (read, read.tzinfo) == (moment, UTC)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), sqlite.dialect())  # noqa: DTZ001


def test_the_databases_clock_orders_with_written_moments(database: Database) -> None:
    with database.write() as session:
        for name, moment in {"past": db_now(-60.5), "now": db_now(), "future": db_now(60)}.items():
            session.execute(insert(Worker).values(id=name, last_beat_at=moment, **WORKER))
    with database.read() as session:
        past = session.scalars(select(Worker.id).where(Worker.last_beat_at < db_now(-30))).all()
        future = session.scalars(select(Worker.id).where(Worker.last_beat_at > db_now(30))).all()
        beats = {row.id: row.last_beat_at for row in session.scalars(select(Worker))}
    assert (past, future) == (["past"], ["future"])
    assert abs(beats["now"] - datetime.now(UTC)) < timedelta(seconds=60)
    assert timedelta(seconds=60) < beats["now"] - beats["past"] < timedelta(seconds=62)


def test_a_search_has_one_unrestricted_genotype(database: Database) -> None:
    with database.write() as session:
        search_id = make_search(session)
        session.add(genotype_row(search_id, None))
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(genotype_row(search_id, None))


def test_skip_limits_come_back_as_they_went_in(database: Database) -> None:
    with database.write() as session:
        search_id = make_search(session)
        session.add_all([genotype_row(search_id, None), genotype_row(search_id, 0)])
    with database.read() as session:
        unrestricted = select(GenotypeRow.id).where(GenotypeRow.skip_limit == None)  # noqa: E711
        assert len(session.scalars(unrestricted).all()) == 1
        assert set(session.scalars(select(GenotypeRow.skip_limit))) == {None, 0}


@given(
    st.integers(0, 8).flatmap(
        lambda columns: st.lists(
            st.lists(st.floats(width=32, allow_nan=False), min_size=columns, max_size=columns),
            max_size=14,
        )
    )
)
def test_float32_tables_come_back_to_the_bit(table: list[list[float]]) -> None:
    column, dialect = Float32Table(), sqlite.dialect()
    packed = column.process_bind_param(table, dialect)
    assert column.process_result_value(packed, dialect) == table


def test_a_moment_in_the_database_statement_fails_without_zone(database: Database) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(StatementError, match="time zone"), database.write() as session:
        session.execute(insert(Worker).values(id="wrk_1", last_beat_at=naive, **WORKER))
