"""Evaluations: submitted, read and listed. What is done with jobs of any kind is in jobs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, undefer

from api.http.errors import NoResult, NoResultYet
from api.resources.security import Caller
from api.services.evaluation_forecast import EvaluationForecast
from api.services.evaluation_specs import CompleteEvaluation, Source
from api.services.job_rows import find_row, insert_submitted, list_rows, rows_of
from api.services.jobs import JobFilter
from api.services.retry_after import retry_after
from api.services.status_words import describe_status, hint_to_retry
from pdarts_core.genotype import to_dict
from store.kinds import EVALUATION
from store.lifecycle import status_of
from store.new_jobs import new_job
from store.tables import Evaluation, EvaluationEpoch, Job, WeightsRow


@dataclass(frozen=True, kw_only=True)
class EvaluationFilter(JobFilter):
    """Which evaluations to list. None: all."""

    genotype: str | None = None
    """Only of the genotype with this id."""
    search: str | None = None
    """Only of genotypes that come from the search with this id."""
    weights: str | None = None
    """Only those that begin with the weights with this id."""

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield what the job of an evaluation must meet."""
        yield from super().conditions()
        for column, wanted in (
            (Evaluation.genotype_id, self.genotype),
            (Evaluation.search_id, self.search),
            (Evaluation.weights_id, self.weights),
        ):
            if wanted is not None:
                yield Job.id.in_(select(Evaluation.id).where(column == wanted))


def submit(
    session: Session,
    caller: Caller,
    complete: CompleteEvaluation,
    source: Source,
    weights: WeightsRow | None,
    forecast: EvaluationForecast,
    max_attempts: int,
) -> Evaluation:
    """Write an evaluation, its job and its first event.

    Args:
        session: that writes.
        caller: whose it will be.
        complete: how to train.
        source: what to train.
        weights: what it begins with; None draws them.
        forecast: what it will need.
        max_attempts: after how many without a new checkpoint it has failed.
    """
    genotype = to_dict(source.genotype)
    job = new_job(
        EVALUATION,
        caller.owner,
        complete.document,
        max_attempts=max_attempts,
        spec_sha256=complete.spec.digest(genotype, None if weights is None else weights.sha256),
        dataset_id=complete.found.id,
        dataset_digest=complete.found.digest,
        needs=forecast.needs,
    )
    evaluation = Evaluation(
        id=job.id,
        job=job,
        genotype=genotype,
        genotype_id=source.genotype_id,
        search_id=source.search_id,
        weights_id=complete.spec.weights,
    )
    insert_submitted(session, evaluation, forecast.warnings, still_empty=("result", "models"))
    return evaluation


def find(
    session: Session, caller: Caller, evaluation_id: str, *, with_details: bool = False
) -> Evaluation:
    """Return one of the caller's evaluations.

    Raises:
        NotFound: there is none with this id.
    """
    query = rows_of(caller, EVALUATION, Evaluation)
    if with_details:
        query = query.options(undefer(Evaluation.details))
    return find_row(session, query, EVALUATION, Evaluation, evaluation_id)


def list_evaluations(
    session: Session, caller: Caller, wanted: JobFilter, *, after: str | None, limit: int
) -> Sequence[Evaluation]:
    """Return evaluations in the wanted order, from after the one with this id."""
    return list_rows(session, caller, EVALUATION, Evaluation, wanted, after=after, limit=limit)


def list_epochs(
    session: Session, evaluation: Evaluation, *, after: int = 0, limit: int | None = None
) -> Sequence[EvaluationEpoch]:
    """Return the epochs that have finished, after the one with this number."""
    rows = select(EvaluationEpoch).where(
        EvaluationEpoch.evaluation_id == evaluation.id, EvaluationEpoch.epoch > after
    )
    return session.scalars(rows.order_by(EvaluationEpoch.epoch).limit(limit)).all()


def need_result(evaluation: Evaluation) -> dict[str, Any]:
    """Return the figures that an evaluation ended with.

    Raises:
        NoResultYet: it has not come to its end, but may.
        NoResult: it ended without.
    """
    if evaluation.result is not None:
        return evaluation.result
    detail = describe_status(status_of(evaluation.job), EVALUATION)
    if evaluation.job.state.is_final:
        raise NoResult(f"{detail}; it has no result{hint_to_retry(evaluation.job)}")
    raise NoResultYet(
        f"{detail}; its result is measured at its end",
        headers=retry_after(evaluation.job.finish_expected_at),
    )
