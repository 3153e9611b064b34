"""Genotypes: those of searches, derived ones and imported ones. Bounded by the caller."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from sqlalchemy import ColumnElement, Select, delete, select
from sqlalchemy.orm import Session

from api.http.errors import GenotypeOfSearch, NoGenotype, NoGenotypeYet, NotFound
from api.resources.security import Caller
from api.services.list_order import ListOrder
from api.services.retry_after import retry_after
from api.services.status_words import describe_status, hint_to_retry
from pdarts_core.genotype import Genotype, count_skip_connects, to_dict
from pdarts_core.pruning import recommend
from store.ids import IdKind, new_id
from store.kinds import SEARCH
from store.lifecycle import status_of
from store.states import GenotypeOrigin
from store.tables import GenotypeRow, Job, Search
from store.types import contains

VERSION = version("pdarts")


@dataclass(frozen=True, kw_only=True)
class FoundGenotype:
    """A genotype, and the job of the search that it comes from."""

    row: GenotypeRow
    job: Job | None
    """None for an imported one."""


@dataclass(frozen=True, kw_only=True)
class GenotypeFilter:
    """Which genotypes to list. None: all."""

    origin: GenotypeOrigin | None = None
    name_contains: str | None = None
    """A part of its name, or of its search's name, in upper or lower case."""
    dataset_contains: str | None = None
    """A part of the name of its search's data set, in upper or lower case."""
    sort: ListOrder = ListOrder.NEWEST
    """The order in which they are listed."""

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield what a genotype, joined with its search's job, must meet."""
        if self.origin is not None:
            yield GenotypeRow.origin == self.origin
        if self.name_contains is not None:
            own, of_search = (contains(name, self.name_contains) for name in _NAMES)
            yield own | of_search
        if self.dataset_contains is not None:
            yield contains(Job.dataset, self.dataset_contains)


_NAMES = (GenotypeRow.name, Job.name)


def list_genotypes(session: Session, search: Search) -> Sequence[GenotypeRow]:
    """Return the genotypes that a search ended with, the unrestricted one first; or none yet."""
    rows = select(GenotypeRow).where(
        GenotypeRow.search_id == search.id, GenotypeRow.origin == GenotypeOrigin.SEARCH
    )
    return session.scalars(rows.order_by(GenotypeRow.position)).all()


def need_genotypes(session: Session, search: Search) -> Sequence[GenotypeRow]:
    """Return the genotypes that a search ended with: at least one.

    Raises:
        NoGenotypeYet: the search has not come to one, but may.
        NoGenotype: it ended without.
    """
    rows = list_genotypes(session, search)
    if not rows:
        detail = describe_status(status_of(search.job), SEARCH)
        if search.job.state.is_final:
            raise NoGenotype(f"{detail}; it has no genotype{hint_to_retry(search.job)}")
        raise NoGenotypeYet(
            f"{detail}; its genotypes are derived at its end",
            headers=retry_after(search.job.finish_expected_at),
        )
    return rows


def choose_genotype(
    session: Session, search: Search, max_skip_connects: int | None = None
) -> GenotypeRow:
    """Return the genotype that holds at a skip limit; None: at the spec's.

    Raises NoGenotypeYet, NoGenotype.
    """
    limit = search.job.spec["max_skip_connects"] if max_skip_connects is None else max_skip_connects
    return recommend(need_genotypes(session, search), limit)


def list_own(
    session: Session,
    caller: Caller,
    wanted: GenotypeFilter,
    *,
    after: str | None,
    limit: int,
) -> Sequence[FoundGenotype]:
    """Return the caller's genotypes in the wanted order, from after the one with this id."""
    mine = _own(caller).where(*wanted.conditions())
    page = wanted.sort.page_of(mine, GenotypeRow.id, after=after).limit(limit)
    return [FoundGenotype(row=row, job=job) for row, job in session.execute(page)]


def find_own(session: Session, caller: Caller, genotype_id: str) -> FoundGenotype:
    """Return one of the caller's genotypes. Raises NotFound."""
    found = session.execute(_own(caller).where(GenotypeRow.id == genotype_id)).one_or_none()
    if found is None:
        raise NotFound.named("genotype", genotype_id)
    row, job = found
    return FoundGenotype(row=row, job=job)


def add_import(
    session: Session, caller: Caller, genotype: Genotype, name: str | None
) -> GenotypeRow:
    """Write an imported genotype."""
    row = GenotypeRow(
        id=new_id(IdKind.GENOTYPE),
        owner=caller.owner,
        origin=GenotypeOrigin.IMPORTED,
        name=name,
        skip_limit=None,
        skip_limit_reduce=None,
        skip_connects=count_skip_connects(genotype.normal),
        genotype=to_dict(genotype),
        version=VERSION,
    )
    session.add(row)
    session.flush()
    return row


def remove(session: Session, caller: Caller, genotype_id: str) -> None:
    """Delete a genotype that no search ended with. Raises NotFound, GenotypeOfSearch."""
    row = find_own(session, caller, genotype_id).row
    if row.origin is GenotypeOrigin.SEARCH:
        raise GenotypeOfSearch(f"it is deleted together with its search, {row.search_id}")
    session.execute(delete(GenotypeRow).where(GenotypeRow.id == genotype_id))


def _own(caller: Caller) -> Select[GenotypeRow, Job | None]:
    return (
        select(GenotypeRow, Job)
        .outerjoin(Job, Job.id == GenotypeRow.search_id)
        .where(GenotypeRow.owner == caller.owner)
    )
