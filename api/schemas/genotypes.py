"""The genotype document."""

from typing import Literal

from api.schemas.base import Body, described
from pdarts_core.genotype import from_dict, to_python
from store.tables import GenotypeRow, Search


class Cells(Body):
    """Both cells; `Genotype(**cells)` takes them into the DARTS family's named tuple."""

    normal: list[tuple[str, int]] = described("Eight pairs of operation and state, two a node")
    normal_concat: list[int] = described("The states whose outputs the cell concatenates")
    reduce: list[tuple[str, int]] = described("As `normal`, for the reduction cell")
    reduce_concat: list[int] = described("As `normal_concat`, for the reduction cell")


class EdgeWeights(Body):
    """How probable each entry's operation was on its edge, after the last stage."""

    normal: list[float]
    reduce: list[float]


class Provenance(Body):
    """Where a genotype comes from."""

    search_id: str
    seed: int
    spec_sha256: str = described("Digest of what decided the search's course")
    version: str = described("Of the software that derived it")


class GenotypeBody(Body):
    """One genotype of a search."""

    format: Literal["darts-genotype"] = "darts-genotype"
    format_version: Literal[1] = 1
    id: str
    genotype: Cells
    skip_limit: int | None = described("Null for the unrestricted genotype")
    skip_connects: int = described("Skip-connects in the normal cell")
    recommended: bool = described("Whether it holds at the spec's `max_skip_connects`")
    edge_weights: EdgeWeights
    python: str = described("For a DARTS-family `genotypes.py`")
    provenance: Provenance


def genotype_body(row: GenotypeRow, search: Search) -> GenotypeBody:
    """Return the document of a genotype."""
    return GenotypeBody(
        id=row.id,
        genotype=Cells(**row.genotype),
        skip_limit=row.skip_limit,
        skip_connects=row.skip_connects,
        recommended=row.recommended,
        edge_weights=EdgeWeights(**row.edge_weights),
        python=to_python(from_dict(row.genotype)),
        provenance=Provenance(
            search_id=search.id,
            seed=search.spec["seed"],
            spec_sha256=search.spec_sha256,
            version=row.version,
        ),
    )
