"""Genotypes at other skip limits, from the alphas that a search ended with; no GPU is needed."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.http.errors import SkipLimitUnreachable
from api.schemas.genotypes import DeriveRequest
from api.services.genotypes import VERSION, need_genotypes
from api.services.results import find_stage
from pdarts_core.genotype import GeneEntry, Genotype, count_skip_connects, to_dict
from pdarts_core.pruning import derive_cells, edge_weights
from pdarts_core.space.cells import CONCAT, CellKind
from store.ids import IdKind, new_id
from store.states import GenotypeOrigin
from store.tables import GenotypeRow, Search
from store.wording import number_of


@dataclass(frozen=True, kw_only=True)
class Derivation:
    """The genotype that holds at the limits."""

    row: GenotypeRow
    is_new: bool
    """It did not exist before."""


@dataclass(frozen=True, kw_only=True)
class _DerivedCell:
    limit: int | None
    """The first in the order of derivation at which the cell is this one; None: unrestricted."""
    entries: list[GeneEntry]
    weights: list[float]


def derive(session: Session, search: Search, limits: DeriveRequest) -> Derivation:
    """Return the genotype of a search at skip limits for both kinds of cell.

    Limits that lead to the same cells lead to the same genotype; those that the search itself has
    derived are its own.

    Raises:
        NoGenotypeYet, NoGenotype: the search has no alphas to derive from.
        SkipLimitUnreachable: the edges have too few other operations.
    """
    need_genotypes(session, search)
    normal = _derive_cell(session, search, "normal", limits.max_skip_connects)
    reduce = _derive_cell(session, search, "reduce", limits.max_skip_connects_reduce)
    known = select(GenotypeRow).where(
        GenotypeRow.search_id == search.id,
        GenotypeRow.skip_limit == normal.limit,
        GenotypeRow.skip_limit_reduce == reduce.limit,
    )
    row = session.scalar(known)
    if row is not None:
        return Derivation(row=row, is_new=False)
    try:
        with session.begin_nested():
            row = _row(search, normal, reduce)
            session.add(row)
    except IntegrityError:  # another request was faster
        return Derivation(row=session.scalars(known).one(), is_new=False)
    return Derivation(row=row, is_new=True)


def _derive_cell(
    session: Session, search: Search, kind: CellKind, limit: int | None
) -> _DerivedCell:
    last = find_stage(session, search, len(search.job.spec["stages"]))
    found = (last.normal if kind == "normal" else last.reduce) or {}
    kept, alphas = found["kept_before"], found["alphas"]
    closest: list[GeneEntry] = []
    for derived_at, entries in derive_cells(kept, alphas):
        closest = entries
        if limit is None or count_skip_connects(entries) <= limit:
            weights = edge_weights(entries, kept, alphas)
            return _DerivedCell(limit=derived_at, entries=entries, weights=weights)
    detail = f"the cell has at least {number_of(count_skip_connects(closest), 'skip-connect')}"
    where = "max_skip_connects" if kind == "normal" else "max_skip_connects_reduce"
    raise SkipLimitUnreachable.at([where], detail)


def _row(search: Search, normal: _DerivedCell, reduce: _DerivedCell) -> GenotypeRow:
    genotype = Genotype(normal.entries, list(CONCAT), reduce.entries, list(CONCAT))
    return GenotypeRow(
        id=new_id(IdKind.GENOTYPE),
        owner=search.job.owner,
        origin=GenotypeOrigin.DERIVED,
        search_id=search.id,
        skip_limit=normal.limit,
        skip_limit_reduce=reduce.limit,
        skip_connects=count_skip_connects(normal.entries),
        genotype=to_dict(genotype),
        edge_weights={"normal": normal.weights, "reduce": reduce.weights},
        version=VERSION,
    )
