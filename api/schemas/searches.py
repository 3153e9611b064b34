"""A search as clients see it."""

from datetime import datetime
from typing import Any

from api.http.bodies import BASE, Body, described
from api.schemas.accuracy import AccuracyBody, accuracy_body
from api.schemas.estimates import EstimateBody, estimate_body
from api.schemas.jobs import JobBody, JobErrorBody, job_error, shared_values, urls_below
from api.schemas.signals import SignalBody, signal_body
from api.schemas.spec_warnings import SpecWarningBody
from api.schemas.specs import SearchSpecBody
from pdarts_core.config import SearchConfig
from store.job_spec import fill_in
from store.tables import Epoch, Job, Search

SEARCH_COLUMNS = (
    "id",
    "name",
    "status",
    "dataset",
    "preset",
    "seed",
    "priority",
    "fraction",
    "stage",
    "stages",
    "epoch",
    "epochs",
    "eta",
    "attempt",
    "worker",
    "error",
    "best_accuracy",
    "skip_connects",
    "created_at",
    "started_at",
    "finished_at",
    "accuracy",
    "signal",
)
"""Columns of the list as a table."""


class Progress(Body):
    """How far a search has come. Stages and epochs are counted from 1."""

    fraction: float = described("Share of the work that is done", ge=0, le=1)
    stage: int | None = described("The stage that is running, or ran last")
    stages: int = described("Number of stages")
    epoch: int | None = described("The current epoch of that stage")
    epochs: int | None = described("Number of epochs in that stage")
    phase: str | None = described("`weights` (alphas are frozen) or `architecture`")
    eta: datetime | None = described("When the search is expected to end; only while it runs")


class SearchError(JobErrorBody):
    """Why a search failed."""


class SearchUrls(Body):
    """Related addresses."""

    self: str = described("The search itself")
    stages: str = described("Its stages, with alphas")
    epochs: str = described("What each epoch measured")
    events: str = described("Its history")
    genotypes: str = described("All genotypes that it found")
    genotype: str = described("The recommended genotype")
    pruning: str = described("What its prunings removed")
    checkpoints: str = described("The checkpoints it can continue from")
    logs: str = described("Its history as text")


class SearchBody(JobBody):
    """A search: what you asked for, and how it is going."""

    id: str = described("The search's ID; IDs sort by the time of submission")
    spec: SearchSpecBody = described("Complete, with every default filled in")
    progress: Progress = described("How far it has come")
    error: SearchError | None = described("Why it failed; null if it did not")
    signal: SignalBody | None = described(
        "Whether what it decided stands out from chance; null until its end, and for searches of "
        "which a stage ended before this was measured"
    )
    accuracy: AccuracyBody | None = described(
        "How often its network is right on the second half (the images that train the alphas, not "
        "the weights), at the end of the last stage; until then, the newest measurement"
    )
    best_accuracy: float | None = described(
        "The highest accuracy (a share) of any epoch on the second half. The epoch is usually one "
        "before the last pruning, when more operations were left; `accuracy` is the final one"
    )
    skip_connects: int | None = described("In the normal cell of the recommended genotype")
    accumulation: int | None = described(
        "Parts that each batch was computed in, in the stage that needed most; more than 1 if "
        "memory ran out (`halve_batches`)"
    )
    estimate: EstimateBody | None = described(
        "What it was expected to need; null if the size or number of its images is unknown"
    )
    warnings: list[SpecWarningBody] = described(
        "What spoke against its spec when it was submitted; empty for searches from before there "
        "were warnings"
    )
    urls: SearchUrls = described("Related addresses")


def search_body(search: Search, measured: Epoch | None) -> SearchBody:
    """Return what clients are shown of a search; `measured` is its newest epoch that measured."""
    job = search.job
    spec = fill_in(job.spec, SearchConfig)
    return SearchBody(
        spec=spec,
        progress=_progress(job, spec["stages"]),
        error=_error(job),
        signal=signal_body(search.signal),
        accuracy=accuracy_body(measured),
        best_accuracy=search.best_accuracy,
        skip_connects=search.skip_connects,
        accumulation=search.accumulation,
        estimate=job.estimate and estimate_body(job.estimate),
        warnings=[SpecWarningBody(**warning) for warning in search.warnings],
        urls=urls_below(search_path(search.id), SearchUrls),
        **shared_values(job),
    )


def search_row(search: SearchBody) -> dict[str, Any]:
    """Return a search as a row of a table, by the names of SEARCH_COLUMNS."""
    told = vars(search) | search.spec | vars(search.progress)
    told["error"] = search.error and search.error.code
    told["accuracy"] = search.accuracy and search.accuracy.value
    told["signal"] = search.signal and search.signal.verdict
    return {name: told[name] for name in SEARCH_COLUMNS}


def search_path(search_id: str) -> str:
    """Return where a search lies."""
    return f"{BASE}/searches/{search_id}"


def _progress(job: Job, stages: list[dict[str, Any]]) -> Progress:
    stage = job.progress.get("stage")
    return Progress(
        fraction=job.progress_fraction,
        stage=stage,
        stages=len(stages),
        epoch=job.progress.get("epoch"),
        epochs=None if stage is None else stages[stage - 1]["epochs"],
        phase=job.progress.get("phase"),
        eta=job.finish_expected_at,
    )


def _error(job: Job) -> SearchError | None:
    error = job_error(job)
    return None if error is None else SearchError(**vars(error))
