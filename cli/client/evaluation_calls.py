"""Evaluations: their own calls, and those that every kind of job has."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Unpack

from cli.client.binding import asks, follows, lists, own
from cli.client.call import Call, as_bytes, as_model, as_page, get
from cli.client.following import Follower
from cli.client.job import AsyncJob, BlockingJob, Job, JobKind, PatchFields
from cli.client.job_calls import JobFilters, Tagged, create_job, list_jobs, plan_job
from cli.client.model import Page
from cli.client.models import (
    EvaluationEpoch,
    EvaluationPlan,
    EvaluationProgress,
    EvaluationRecord,
    Event,
    WholeResult,
)
from cli.client.spec import EvaluationFields, EvaluationSpec
from store.model_files import ModelFormat, ModelLayout, OnnxPixels, Which


class EvaluationFilters(JobFilters, total=False):
    """Which evaluations to list, and in which order."""

    genotype: str | None
    """Only of the genotype with this id."""
    search: str | None
    """Only of genotypes that come from the search with this id."""
    weights: str | None
    """Only those that begin with the weights with this id."""


class EvaluationResults:
    """Calls about an evaluation's results. Each takes the evaluation's id first."""

    @lists
    def list_evaluation_epochs(
        self, evaluation_id: str, *, after: int | None = None
    ) -> Call[Page[EvaluationEpoch]]:
        """List the finished epochs; with `after`, only those after that one."""
        return get(f"/evaluations/{evaluation_id}/epochs", as_page(EvaluationEpoch), after=after)

    @asks
    def get_result(self, evaluation_id: str) -> Call[WholeResult]:
        """Read all its final figures: class by class, and the confusion matrix."""
        return get(f"/evaluations/{evaluation_id}/result", as_model(WholeResult))

    @asks
    def get_model(
        self,
        evaluation_id: str,
        *,
        format: ModelFormat | None = None,  # noqa: A002  the parameter's name in the URL
        which: Which | None = None,
        layout: ModelLayout | None = None,
        pixels: OnnxPixels | None = None,
    ) -> Call[bytes]:
        """Read its trained network, as a file; by default the last epoch's weights, as safetensors.

        Args:
            evaluation_id: the evaluation's id.
            format: of the file; `zip` has all the others, and a model card.
            which: of its networks.
            layout: of safetensors and torch: names as in this project, or as in P-DARTS' code.
            pixels: of ONNX: whether its images are bytes, or numbers from 0 to 1.

        Raises:
            UnexpectedAnswer: it is not what the service says it is.
        """
        path = f"/evaluations/{evaluation_id}/model"
        chosen = {"format": format, "which": which, "layout": layout, "pixels": pixels}
        return get(path, as_bytes, **chosen)

    @asks
    def get_wrong_images(self, evaluation_id: str) -> Call[bytes]:
        """Read the images of its most confident mistakes, as one PNG.

        They are those of `wrong` in the result, in its order: six in a row.
        """
        return get(f"/evaluations/{evaluation_id}/wrong", as_bytes)


class _AnyEvaluation(Job[EvaluationRecord]):
    """An evaluation, as the service last described it."""

    collection = "/evaluations"
    record_type = EvaluationRecord

    @property
    def spec(self) -> EvaluationSpec:
        """Its complete spec, with every default filled in."""
        return self.record.spec

    @property
    def progress(self) -> EvaluationProgress:
        """How far it has got."""
        return self.record.progress

    epochs = own(EvaluationResults.list_evaluation_epochs)
    result = own(EvaluationResults.get_result)
    model = own(EvaluationResults.get_model)
    wrong_images = own(EvaluationResults.get_wrong_images)


class Evaluation(_AnyEvaluation, BlockingJob[EvaluationRecord]):
    """An evaluation, as the service last described it."""


class AsyncEvaluation(_AnyEvaluation, AsyncJob[EvaluationRecord]):
    """An evaluation, as the service last described it."""


def _path(evaluation_id: str) -> str:
    return f"{_AnyEvaluation.collection}/{evaluation_id}"


_KIND = JobKind(_path, Evaluation, AsyncEvaluation)


class EvaluationCalls(EvaluationResults):
    """Calls about evaluations."""

    @_KIND.opens
    def create_evaluation(
        self,
        spec: Mapping[str, Any] | None = None,
        /,
        *,
        idempotency_key: str | None = None,
        **fields: Unpack[EvaluationFields],
    ) -> Call[Tagged[EvaluationRecord]]:
        """Submit an evaluation; keyword arguments override the fields of the spec.

        It is submitted once, however often the request has to be sent. With your own
        `idempotency_key` this holds across runs of your program.
        """
        return create_job("/evaluations", EvaluationRecord, spec, fields, idempotency_key)

    @asks
    def plan_evaluation(
        self, spec: Mapping[str, Any] | None = None, /, **fields: Unpack[EvaluationFields]
    ) -> Call[EvaluationPlan]:
        """Check and complete a spec, and count its network; nothing is submitted."""
        return plan_job("/evaluations", EvaluationPlan, spec, fields)

    @lists
    def list_evaluations(
        self,
        *,
        metadata: Mapping[str, str] | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        page_size: int | None = None,
        **filters: Unpack[EvaluationFilters],
    ) -> Call[Page[EvaluationRecord]]:
        """List the evaluations that match all of the given filters.

        Args:
            metadata: members of their metadata; numbers and booleans as JSON writes them.
            created_after: submitted at this time or later.
            created_before: submitted before this time.
            page_size: how many to ask for at a time.
            filters: by status, names, genotype and search, and the order.
        """
        return list_jobs(
            "/evaluations",
            EvaluationRecord,
            metadata=metadata,
            created_after=created_after,
            created_before=created_before,
            page_size=page_size,
            filters=filters,
        )

    get_evaluation = _KIND.get
    cancel_evaluation = _KIND.cancel
    pause_evaluation = _KIND.pause
    resume_evaluation = _KIND.resume
    retry_evaluation = _KIND.retry
    delete_evaluation = _KIND.delete
    read_evaluation_log = _KIND.read_log

    @_KIND.opens
    def update_evaluation(
        self, evaluation_id: str, *, if_match: str | None = None, **fields: Unpack[PatchFields]
    ) -> Call[Tagged[EvaluationRecord]]:
        """Change its name, metadata (member by member) or priority; None removes a value.

        Args:
            evaluation_id: the evaluation's id.
            if_match: the tag of the version that it must still have.
            fields: the new values.
        """
        return _KIND.at(evaluation_id).update(fields, if_match=if_match)

    @lists
    def list_evaluation_events(
        self, evaluation_id: str, *, after: int | None = None
    ) -> Call[Page[Event]]:
        """List its events so far, the oldest first; with `after`, only those after that number."""
        return _KIND.at(evaluation_id).list_events(after=after)

    @follows
    def follow_evaluation(self, evaluation_id: str, *, after: int = 0) -> Follower:
        """Yield an evaluation's events until it ends, even if connections are lost.

        Args:
            evaluation_id: the evaluation's id.
            after: the number of the last event that you know.
        """
        return _KIND.at(evaluation_id).follow(after=after)
