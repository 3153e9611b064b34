"""Revision 0014 adds evaluations to a database with searches, and takes them away again."""

from sqlalchemy import select

from migrations.schema import downgrade, upgrade
from store.database import Database
from store.tables import Event, Job
from tests.support.evaluation_jobs import make_evaluation
from tests.support.factories import make_search


def jobs_of(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Job.id).order_by(Job.id)))


def test_searches_stay_as_they_are_both_ways(database: Database, database_url: str) -> None:
    with database.write() as session:
        search_id = make_search(session)
        evaluation_id = make_evaluation(session)
    assert jobs_of(database) == sorted([search_id, evaluation_id])
    downgrade(database_url, "0013")
    assert jobs_of(database) == [search_id]
    upgrade(database_url)
    assert jobs_of(database) == [search_id]
    with database.write() as session:
        again = make_evaluation(session)
        assert (
            session.scalars(select(Event.job_id).where(Event.job_id == evaluation_id)).all() == []
        )
    assert jobs_of(database) == sorted([search_id, again])
