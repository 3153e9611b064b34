"""An evaluation as clients see it."""

from datetime import datetime
from typing import Any

from api.http.bodies import BASE, Body, described
from api.schemas.estimates import EvaluationEstimateBody, evaluation_estimate_body
from api.schemas.evaluation_results import ResultBody, result_body
from api.schemas.evaluation_specs import EvaluationSpecBody
from api.schemas.genotypes import Cells, NetworkBody
from api.schemas.jobs import JobBody, JobErrorBody, job_error, shared_values, urls_below
from api.schemas.spec_warnings import SpecWarningBody
from pdarts_core.estimates.network_size import NetworkShape, count_network
from pdarts_core.evaluation_config import EvaluationConfig
from pdarts_core.genotype import from_dict
from store.evaluation_spec import EvaluationSpec
from store.job_spec import fill_in
from store.tables import Evaluation, Job

EVALUATION_COLUMNS = (
    "id",
    "name",
    "status",
    "dataset",
    "preset",
    "seed",
    "priority",
    "genotype",
    "search",
    "fraction",
    "epoch",
    "epochs",
    "eta",
    "attempt",
    "worker",
    "error",
    "source",
    "accuracy",
    "images",
    "low",
    "high",
    "created_at",
    "started_at",
    "finished_at",
)
"""Columns of the list as a table."""


class EvaluationProgress(Body):
    """How far an evaluation has come. Epochs are counted from 1."""

    fraction: float = described("Share of the work that is done", ge=0, le=1)
    epoch: int | None = described("The epoch that is running, or ran last")
    epochs: int = described("Number of epochs")
    eta: datetime | None = described("When it is expected to end; only while it runs")


class EvaluatedGenotype(Body):
    """What is trained, as it was when the evaluation was submitted."""

    id: str | None = described("Its ID, even if it has been deleted; null if it was sent along")
    search_id: str | None = described("The search that it comes from; null if from none")
    cells: Cells = described("The cells")


class EvaluationUrls(Body):
    """Related addresses."""

    self: str = described("The evaluation itself")
    epochs: str = described("What each epoch measured")
    events: str = described("Its history")
    result: str = described("All its final figures")
    model: str = described("The trained network")
    logs: str = described("Its history as text")


class EvaluationBody(JobBody):
    """An evaluation: what you asked for, and how it is going."""

    id: str = described("The evaluation's ID; IDs sort by the time of submission")
    spec: EvaluationSpecBody = described("Complete, with every default filled in")
    genotype: EvaluatedGenotype = described("What is trained")
    progress: EvaluationProgress = described("How far it has come")
    error: JobErrorBody | None = described("Why it failed; null if it did not")
    result: ResultBody | None = described("Its final figures; null until it has succeeded")
    estimate: EvaluationEstimateBody | None = described(
        "What it was expected to need; null if the size or number of its images is unknown, and "
        "for evaluations from before there were estimates"
    )
    warnings: list[SpecWarningBody] = described(
        "What spoke against its spec when it was submitted; empty for evaluations from before "
        "there were warnings"
    )
    urls: EvaluationUrls = described("Related addresses")


class EvaluationDryRun(Body):
    """The complete spec, and what would be trained."""

    spec: EvaluationSpecBody = described("Complete, with every default filled in")
    genotype: EvaluatedGenotype = described("What would be trained")
    network: NetworkBody | None = described(
        "Size of the network; null if the size of the images is unknown"
    )
    estimate: EvaluationEstimateBody | None = described(
        "What it is expected to need; null if the size or number of the images is unknown"
    )
    warnings: list[SpecWarningBody] = described("Reasons to think twice about this spec")


def evaluation_body(evaluation: Evaluation) -> EvaluationBody:
    """Return what clients are shown of an evaluation."""
    job = evaluation.job
    spec = fill_in(job.spec, EvaluationConfig, EvaluationSpec)
    return EvaluationBody(
        spec=spec,
        genotype=EvaluatedGenotype(
            id=evaluation.genotype_id,
            search_id=evaluation.search_id,
            cells=Cells(**evaluation.genotype),
        ),
        progress=_progress(job, spec["epochs"]),
        error=job_error(job),
        result=evaluation.result and result_body(evaluation.result),
        estimate=job.estimate and evaluation_estimate_body(job.estimate),
        warnings=[SpecWarningBody(**warning) for warning in evaluation.warnings],
        urls=urls_below(evaluation_path(evaluation.id), EvaluationUrls),
        **shared_values(job),
    )


def evaluation_row(evaluation: EvaluationBody) -> dict[str, Any]:
    """Return an evaluation as a row of a table, by the names of EVALUATION_COLUMNS."""
    told = vars(evaluation) | evaluation.spec | vars(evaluation.progress)
    told["genotype"] = evaluation.genotype.id
    told["search"] = evaluation.genotype.search_id
    told["error"] = evaluation.error and evaluation.error.code
    result = evaluation.result
    told["source"] = result and result.source
    told["accuracy"] = result and result.accuracy.value
    for name in ("images", "low", "high"):
        told[name] = result and getattr(result.accuracy, name)
    return {name: told[name] for name in EVALUATION_COLUMNS}


def evaluation_dry_run(
    document: dict[str, Any],
    genotype: EvaluatedGenotype,
    shape: NetworkShape | None,
    *,
    estimate: EvaluationEstimateBody | None,
    warnings: list[SpecWarningBody],
) -> EvaluationDryRun:
    """Return what clients are shown of an evaluation that they did not submit.

    Args:
        document: the complete spec.
        genotype: what it would train.
        shape: of the network; None if the size of the images is unknown.
        estimate: what it is expected to need.
        warnings: what speaks against it.
    """
    cells = from_dict(genotype.cells.model_dump(mode="json"))
    size = shape and NetworkBody(**vars(shape), **vars(count_network(cells, shape)))
    return EvaluationDryRun(
        spec=document, genotype=genotype, network=size, estimate=estimate, warnings=warnings
    )


def evaluation_path(evaluation_id: str) -> str:
    """Return where an evaluation lies."""
    return f"{BASE}/evaluations/{evaluation_id}"


def _progress(job: Job, epochs: int) -> EvaluationProgress:
    return EvaluationProgress(
        fraction=job.progress_fraction,
        epoch=job.progress.get("epoch"),
        epochs=epochs,
        eta=job.finish_expected_at,
    )
