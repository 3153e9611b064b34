"""Searches: their own calls, and those that every kind of job has."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Unpack

from cli.client.binding import asks, follows, lists, own
from cli.client.call import Call, as_model, as_page, as_text, get, post
from cli.client.following import Follower
from cli.client.job import AsyncJob, BlockingJob, Job, JobKind, PatchFields
from cli.client.job_calls import JobFilters, Tagged, create_job, list_jobs, plan_job
from cli.client.model import Page
from cli.client.models import (
    Checkpoint,
    Epoch,
    Event,
    GenotypeDocument,
    Plan,
    Progress,
    Pruning,
    SearchRecord,
    Stage,
)
from cli.client.spec import Spec, SpecFields
from pdarts_core.space.cells import CellKind

DrawingFormat = Literal["svg", "dot", "python"]


class SearchResults:
    """Calls about a search's results. Each takes the search's id first."""

    @lists
    def list_stages(self, search_id: str) -> Call[Page[Stage]]:
        """List the stages that have started."""
        return get(f"/searches/{search_id}/stages", as_page(Stage))

    @lists
    def list_epochs(self, search_id: str, *, stage: int | None = None) -> Call[Page[Epoch]]:
        """List the finished epochs, of all stages or of one."""
        return get(f"/searches/{search_id}/epochs", as_page(Epoch), stage=stage)

    @lists
    def list_checkpoints(self, search_id: str) -> Call[Page[Checkpoint]]:
        """List the checkpoints that the search would continue from."""
        return get(f"/searches/{search_id}/checkpoints", as_page(Checkpoint))

    @lists
    def list_genotypes(self, search_id: str) -> Call[Page[GenotypeDocument]]:
        """List the genotypes: the unrestricted one, then one for each skip limit that matters."""
        return get(f"/searches/{search_id}/genotypes", as_page(GenotypeDocument))

    @asks
    def find_genotype(
        self, search_id: str, *, max_skip_connects: int | None = None
    ) -> Call[GenotypeDocument]:
        """Read the genotype for a skip limit; by default the one in the spec."""
        path = f"/searches/{search_id}/genotype"
        return get(path, as_model(GenotypeDocument), max_skip_connects=max_skip_connects)

    @asks
    def draw_genotype(
        self,
        search_id: str,
        *,
        max_skip_connects: int | None = None,
        format: DrawingFormat = "svg",  # noqa: A002  the parameter's name in the URL
        cell: CellKind | None = None,
    ) -> Call[str]:
        """Read the genotype for a skip limit as text: a drawing, or Python."""
        path = f"/searches/{search_id}/genotype"
        return get(path, as_text, max_skip_connects=max_skip_connects, format=format, cell=cell)

    @asks
    def derive_genotype(
        self,
        search_id: str,
        *,
        max_skip_connects: int | None = None,
        max_skip_connects_reduce: int | None = None,
    ) -> Call[GenotypeDocument]:
        """Derive a genotype for other skip limits, of either cell, from the last stage's alphas."""
        limits = {
            "max_skip_connects": max_skip_connects,
            "max_skip_connects_reduce": max_skip_connects_reduce,
        }
        return post(f"/searches/{search_id}/derive", as_model(GenotypeDocument), body=limits)

    @asks
    def get_pruning(self, search_id: str, *, threshold: float | None = None) -> Call[Pruning]:
        """Read what each pruning dropped; decisions within the threshold count as close."""
        return get(f"/searches/{search_id}/pruning", as_model(Pruning), threshold=threshold)


class _AnySearch(Job[SearchRecord]):
    """A search, as the service last described it."""

    collection = "/searches"
    record_type = SearchRecord

    @property
    def spec(self) -> Spec:
        """Its complete spec, with every default filled in."""
        return self.record.spec

    @property
    def progress(self) -> Progress:
        """How far it has got."""
        return self.record.progress

    stages = own(SearchResults.list_stages)
    epochs = own(SearchResults.list_epochs)
    checkpoints = own(SearchResults.list_checkpoints)
    genotypes = own(SearchResults.list_genotypes)
    genotype = own(SearchResults.find_genotype)
    draw = own(SearchResults.draw_genotype)
    derive = own(SearchResults.derive_genotype)
    pruning = own(SearchResults.get_pruning)


class Search(_AnySearch, BlockingJob[SearchRecord]):
    """A search, as the service last described it."""


class AsyncSearch(_AnySearch, AsyncJob[SearchRecord]):
    """A search, as the service last described it."""


def _path(search_id: str) -> str:
    return f"{_AnySearch.collection}/{search_id}"


_KIND = JobKind(_path, Search, AsyncSearch)


class SearchCalls(SearchResults):
    """Calls about searches."""

    @_KIND.opens
    def create_search(
        self,
        spec: Mapping[str, Any] | None = None,
        /,
        *,
        idempotency_key: str | None = None,
        **fields: Unpack[SpecFields],
    ) -> Call[Tagged[SearchRecord]]:
        """Submit a search; keyword arguments override the fields of the spec.

        It is submitted once, however often the request has to be sent. With your own
        `idempotency_key` this holds across runs of your program.
        """
        return create_job("/searches", SearchRecord, spec, fields, idempotency_key)

    @asks
    def plan_search(
        self, spec: Mapping[str, Any] | None = None, /, **fields: Unpack[SpecFields]
    ) -> Call[Plan]:
        """Check and complete a spec, and estimate what it would need; nothing is submitted."""
        return plan_job("/searches", Plan, spec, fields)

    @lists
    def list_searches(
        self,
        *,
        metadata: Mapping[str, str] | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        page_size: int | None = None,
        **filters: Unpack[JobFilters],
    ) -> Call[Page[SearchRecord]]:
        """List the searches that match all of the given filters.

        Args:
            metadata: members of their metadata; numbers and booleans as JSON writes them.
            created_after: submitted at this time or later.
            created_before: submitted before this time.
            page_size: how many to ask for at a time.
            filters: by status and names, and the order.
        """
        return list_jobs(
            "/searches",
            SearchRecord,
            metadata=metadata,
            created_after=created_after,
            created_before=created_before,
            page_size=page_size,
            filters=filters,
        )

    get_search = _KIND.get
    cancel_search = _KIND.cancel
    pause_search = _KIND.pause
    resume_search = _KIND.resume
    retry_search = _KIND.retry
    delete_search = _KIND.delete
    read_log = _KIND.read_log

    @_KIND.opens
    def update_search(
        self, search_id: str, *, if_match: str | None = None, **fields: Unpack[PatchFields]
    ) -> Call[Tagged[SearchRecord]]:
        """Change its name, metadata (member by member) or priority; None removes a value.

        Args:
            search_id: the search's id.
            if_match: the tag of the version that it must still have.
            fields: the new values.
        """
        return _KIND.at(search_id).update(fields, if_match=if_match)

    @lists
    def list_events(self, search_id: str, *, after: int | None = None) -> Call[Page[Event]]:
        """List its events so far, the oldest first; with `after`, only those after that number."""
        return _KIND.at(search_id).list_events(after=after)

    @follows
    def follow_search(self, search_id: str, *, after: int = 0) -> Follower:
        """Yield a search's events until it ends, even if connections are lost.

        Args:
            search_id: the search's id.
            after: the number of the last event that you know.
        """
        return _KIND.at(search_id).follow(after=after)
