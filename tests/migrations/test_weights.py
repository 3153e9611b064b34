"""Revision 0015 adds weights to a database with evaluations, and takes them away again."""

from sqlalchemy import select, update

from migrations.schema import downgrade, upgrade
from store.database import Database
from store.states import JobState
from store.tables import Job, WeightsRow
from tests.support.evaluation_jobs import make_evaluation
from tests.support.weights_files import insert_weights


def test_what_would_begin_with_other_weights_goes_and_what_has_ended_stays(
    database: Database, database_url: str
) -> None:
    with database.write() as session:
        afresh = make_evaluation(session)
        weights = {"weights": insert_weights(session)}
        begins = [
            make_evaluation(session, origin={"weights_id": weights["weights"]}, **weights)
            for _ in range(3)
        ]
        for one, state in zip(begins, (JobState.SUCCEEDED, JobState.CANCELLED), strict=False):
            session.execute(update(Job).where(Job.id == one).values(state=state))
    downgrade(database_url, "0014")
    upgrade(database_url)
    with database.read() as session:
        assert set(session.scalars(select(Job.id))) == {afresh, *begins[:2]}
        assert session.scalars(select(WeightsRow.id)).all() == []
