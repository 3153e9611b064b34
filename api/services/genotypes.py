"""Genotypes: those of searches, derived ones and imported ones. Bounded by the caller."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from api.http.errors import GenotypeOfSearch, NoGenotype, NoGenotypeYet, NotFound
from api.resources.security import Caller
from api.services.status_words import describe_status
from pdarts_core.genotype import Genotype, count_skip_connects, to_dict
from pdarts_core.pruning import recommend
from store.ids import IdKind, new_id
from store.kinds import SEARCH
from store.lifecycle import status_of
from store.states import GenotypeOrigin
from store.tables import GenotypeRow, Job, Search

VERSION = version("pdarts")
_RETRY_SECONDS = 10
_LONGEST_RETRY_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class FoundGenotype:
    """A genotype, and what is shown of the search that it comes from."""

    row: GenotypeRow
    seed: int | None
    spec_sha256: str | None


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
            raise NoGenotype(f"{detail}; it has no genotype")
        seconds = _seconds_until(search.job.finish_expected_at)
        raise NoGenotypeYet(
            f"{detail}; a genotype comes at its end", headers={"Retry-After": str(seconds)}
        )
    return rows


def _seconds_until(moment: datetime | None) -> int:
    if moment is None:
        return _RETRY_SECONDS
    left = math.ceil((moment - datetime.now(UTC)).total_seconds())
    return min(max(left, 1), _LONGEST_RETRY_SECONDS)


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
    *,
    origin: GenotypeOrigin | None,
    after: str | None,
    limit: int,
) -> Sequence[FoundGenotype]:
    """Return the caller's genotypes, the newest first, from after the one with this id."""
    found = _own(caller).order_by(GenotypeRow.id.desc()).limit(limit)
    if after is not None:
        found = found.where(GenotypeRow.id < after)
    if origin is not None:
        found = found.where(GenotypeRow.origin == origin)
    return [
        FoundGenotype(row=row, seed=seed, spec_sha256=spec_sha256)
        for row, seed, spec_sha256 in session.execute(found)
    ]


def find_own(session: Session, caller: Caller, genotype_id: str) -> FoundGenotype:
    """Return one of the caller's genotypes. Raises NotFound."""
    found = session.execute(_own(caller).where(GenotypeRow.id == genotype_id)).one_or_none()
    if found is None:
        raise NotFound.named("genotype", genotype_id)
    row, seed, spec_sha256 = found
    return FoundGenotype(row=row, seed=seed, spec_sha256=spec_sha256)


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


def _own(caller: Caller) -> Select[GenotypeRow, int | None, str | None]:
    seed = Job.spec["seed"].as_integer()
    return (
        select(GenotypeRow, seed, Job.spec_sha256)
        .outerjoin(Job, Job.id == GenotypeRow.search_id)
        .where(GenotypeRow.owner == caller.owner)
    )
