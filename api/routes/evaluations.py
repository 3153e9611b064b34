"""Evaluations: genotypes trained from scratch and tested."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from api.docs.openapi import problems
from api.endpoint.dataset_shelf import check_new_dataset, shelf_of
from api.endpoint.dependencies import CallerDep, DryRunQuery, ResourcesDep, SessionDep
from api.endpoint.genotype_import import read_sent
from api.endpoint.idempotency import IDEMPOTENCY_ERRORS, idempotent
from api.endpoint.job_filter import filter_in_query
from api.endpoint.route import ApiRoute
from api.endpoint.sessions import ring_after_commit
from api.http.answers import json_answer, sends
from api.http.errors import (
    DatasetReplaced,
    DatasetsUnavailable,
    EvaluationActive,
    EvaluationTooLarge,
    EvaluationTooLong,
    MalformedJson,
    NoGenotype,
    NoGenotypeYet,
    QuotaExceeded,
    UnsupportedMediaType,
)
from api.resources.security import Caller
from api.routes.job_history import history_routes
from api.routes.jobs import JobResource, Shown, add_job_routes
from api.schemas.evaluation_specs import (
    EXAMPLE_EVALUATIONS,
    EvaluationPatch,
    EvaluationRequest,
)
from api.schemas.evaluations import (
    EVALUATION_COLUMNS,
    EvaluatedGenotype,
    EvaluationBody,
    EvaluationDryRun,
    evaluation_body,
    evaluation_dry_run,
    evaluation_path,
    evaluation_row,
)
from api.schemas.genotypes import Cells
from api.services import datasets, evaluations
from api.services.evaluation_forecast import forecast_evaluation
from api.services.evaluation_specs import (
    CompleteEvaluation,
    complete_evaluation,
    find_source,
    network_shape,
)
from api.services.evaluation_weights import find_weights
from api.services.evaluations import EvaluationFilter
from api.services.jobs import JobFilter
from api.services.quotas import check_active_jobs
from pdarts_core.genotype import to_dict
from store.ids import IdKind, id_pattern
from store.kinds import EVALUATION
from store.tables import Evaluation

router = APIRouter(prefix="/evaluations", tags=["evaluations"], route_class=ApiRoute)


async def complete_spec(
    body: Annotated[EvaluationRequest, Body(openapi_examples=EXAMPLE_EVALUATIONS)],
    caller: CallerDep,
    resources: ResourcesDep,
) -> CompleteEvaluation:
    """Return the complete spec of a request's body."""
    shelf = await shelf_of(resources, caller, body.get("dataset"))

    def complete() -> CompleteEvaluation:
        document = body.get("genotype_document")
        sent = None if document is None else read_sent(document, ("genotype_document",)).genotype
        return complete_evaluation(body, sent, shelf)

    return await run_in_threadpool(complete)


# Before the session: looking at a folder of images takes a while, which no transaction waits for.
SpecDep = Annotated[CompleteEvaluation, Depends(complete_spec)]


@router.post(
    "",
    status_code=202,
    response_model=EvaluationBody,
    responses=problems(
        MalformedJson,
        UnsupportedMediaType,
        NoGenotypeYet,
        NoGenotype,
        EvaluationTooLarge,
        EvaluationTooLong,
        QuotaExceeded,
        DatasetReplaced,
        DatasetsUnavailable,
        *IDEMPOTENCY_ERRORS,
    )
    | {
        200: {"model": EvaluationDryRun, "description": "Dry run: nothing was submitted"},
        202: sends("ETag", "Location"),
    },
)
@idempotent(unless="dry_run")
def create_evaluation(
    *,
    spec: SpecDep,
    session: SessionDep,
    caller: CallerDep,
    resources: ResourcesDep,
    dry_run: DryRunQuery = False,
) -> Response:
    """Submit an evaluation: a genotype is trained from scratch, and tested at the end."""
    source = find_source(session, caller, spec.spec)
    begin = find_weights(session, caller, spec, source)
    settings = resources.settings
    forecast = forecast_evaluation(session, spec, source, settings)
    if dry_run:
        genotype = EvaluatedGenotype(
            id=source.genotype_id,
            search_id=source.search_id,
            cells=Cells(**to_dict(source.genotype)),
        )
        planned = evaluation_dry_run(
            spec.document,
            genotype,
            network_shape(spec),
            estimate=forecast.estimate,
            warnings=forecast.warnings,
        )
        return json_answer(planned)
    datasets.hold(session, caller, spec.found)
    evaluation = evaluations.submit(
        session, caller, spec, source, begin, forecast, settings.max_attempts
    )
    check_active_jobs(session, caller, EVALUATION, settings.active_jobs)
    check_new_dataset(session, caller, spec.found, resources)
    ring_after_commit(session, resources, evaluation.id)
    return _shown(evaluation).answer(status_code=202, location=evaluation_path(evaluation.id))


def wanted_evaluations(
    of_any_kind: Annotated[JobFilter, Depends(filter_in_query(EVALUATION))],
    genotype: Annotated[
        str | None,
        Query(
            description="Only evaluations of the genotype with this ID",
            pattern=id_pattern(IdKind.GENOTYPE),
        ),
    ] = None,
    search: Annotated[
        str | None,
        Query(
            description="Only evaluations of genotypes that come from the search with this ID",
            pattern=id_pattern(IdKind.SEARCH),
        ),
    ] = None,
    weights: Annotated[
        str | None,
        Query(
            description="Only evaluations that begin with the weights with this ID",
            pattern=id_pattern(IdKind.WEIGHTS),
        ),
    ] = None,
) -> EvaluationFilter:
    """Return which evaluations to list."""
    return EvaluationFilter(**vars(of_any_kind), genotype=genotype, search=search, weights=weights)


def _shown(evaluation: Evaluation) -> Shown:
    return Shown(body=evaluation_body(evaluation), version=evaluation.job.version)


def _read(session: Session, caller: Caller, evaluation_id: str) -> Shown:
    return _shown(evaluations.find(session, caller, evaluation_id))


def _page(
    session: Session, caller: Caller, wanted: JobFilter, after: str | None, limit: int
) -> list[EvaluationBody]:
    found = evaluations.list_evaluations(session, caller, wanted, after=after, limit=limit)
    return [evaluation_body(evaluation) for evaluation in found]


EVALUATIONS = JobResource(
    kind=EVALUATION,
    body=EvaluationBody,
    read=_read,
    page=_page,
    columns=EVALUATION_COLUMNS,
    as_row=evaluation_row,
    patch=EvaluationPatch,
    still_active=EvaluationActive,
    wanted=Annotated[EvaluationFilter, Depends(wanted_evaluations)],
)
add_job_routes(router, EVALUATIONS)
history = history_routes(EVALUATION)
