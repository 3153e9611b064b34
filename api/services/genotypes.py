"""The genotypes of a search."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.errors import NoGenotype, NoGenotypeYet
from store.lifecycle import status_of
from store.tables import GenotypeRow, Search


def list_genotypes(session: Session, search: Search) -> Sequence[GenotypeRow]:
    """Return the genotypes of a search, the unrestricted one first; none before it has ended."""
    rows = select(GenotypeRow).where(GenotypeRow.search_id == search.id)
    return session.scalars(rows.order_by(GenotypeRow.position)).all()


def choose_genotype(
    session: Session, search: Search, max_skip_connects: int | None = None
) -> GenotypeRow:
    """Return the genotype that holds at a skip limit; None: at the spec's.

    It is the first in the order of derivation that meets the limit. Where none does, since the
    edges left have no other operation, it is the last one, which comes closest.

    Raises:
        NoGenotypeYet: the search has not come to one, but may.
        NoGenotype: it ended without.
    """
    limit = search.spec["max_skip_connects"] if max_skip_connects is None else max_skip_connects
    rows = list_genotypes(session, search)
    if not rows:
        status = status_of(search.job)
        refusal = NoGenotype if search.job.state.is_final else NoGenotypeYet
        raise refusal(f"the search is {status}; a genotype comes at its end")
    return next((row for row in rows if row.skip_connects <= limit), rows[-1])
