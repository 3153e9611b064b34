"""What is shown of jobs of any kind."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cli.client import EvaluationRecord, EvaluationSpec, SearchRecord, Spec
from cli.client.models import Cells, EvaluatedGenotype, EvaluationProgress, Progress
from cli.job_view import print_job
from cli.job_views import view_of
from store.kinds import EVALUATION, SEARCH, Kind
from store.states import Status
from tests.support.evaluation_jobs import CELLS, make_evaluation_spec
from tests.support.jobs import make_spec

COMMON: dict[str, Any] = {
    "id": "srch_1",
    "status": Status.RUNNING,
    "attempt": 3,
    "created_at": datetime.now(UTC),
    "urls": {},
}
JOBS: dict[Kind, dict[str, Any]] = {
    SEARCH: {
        "spec": Spec.model_validate(make_spec()),
        "progress": Progress(fraction=0.4, stages=3),
    },
    EVALUATION: {
        "spec": EvaluationSpec.model_validate(make_evaluation_spec()),
        "progress": EvaluationProgress(fraction=0.4, epochs=3),
        "genotype": EvaluatedGenotype(cells=Cells.model_validate(CELLS)),
    },
}
RECORDS = {SEARCH: SearchRecord, EVALUATION: EvaluationRecord}


@pytest.mark.parametrize("kind", JOBS, ids=lambda kind: str(kind.name))
def test_how_often_one_was_begun_is_shown_if_it_was_more_than_once(
    kind: Kind, capsys: pytest.CaptureFixture[str]
) -> None:
    for attempts in (1, 2):
        record = RECORDS[kind](**COMMON, **JOBS[kind], attempts=attempts)
        print_job(view_of(kind), record)
    once, twice = capsys.readouterr().out.split("srch_1  running\n")[1:]
    assert "attempts" not in once
    assert "attempts   2" in twice
