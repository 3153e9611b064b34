"""The genotypes of a search."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api.dependencies import CallerDep, SearchIdDep, SessionDep
from api.errors import NoGenotype, NoGenotypeYet, NotFound
from api.openapi import problems
from api.schemas.base import Page
from api.schemas.genotypes import GenotypeBody, genotype_body
from api.services import searches
from api.services.genotypes import choose_genotype, list_genotypes
from pdarts_core.config import SearchConfig, bounds_of
from pdarts_core.drawing import draw_dot, draw_svg
from pdarts_core.genotype import CellKind, from_dict, to_python

MEDIA_TYPES = {
    "python": "text/x-python",
    "svg": "image/svg+xml",
    "dot": "text/vnd.graphviz",
}

router = APIRouter(prefix="/searches/{search_id}", tags=["results"])

SkipLimit = Annotated[
    int | None,
    Query(
        description="Skip-connects in the normal cell, at most; default: the spec's",
        **bounds_of(SearchConfig, "max_skip_connects").as_dict(),
    ),
]
Format = Annotated[
    Literal["json", "python", "svg", "dot"],
    Query(
        description="`python`: one expression for a DARTS-family `genotypes.py`; `svg` and `dot`: "
        "the cells drawn"
    ),
]
Cell = Annotated[
    CellKind | None,
    Query(description="The cell to draw, for `svg` and `dot`; default: both"),
]


@router.get("/genotypes", responses=problems(NotFound))
def list_search_genotypes(
    session: SessionDep, caller: CallerDep, search_id: SearchIdDep
) -> Page[GenotypeBody]:
    """List the genotypes of a search: the unrestricted one, then one for each skip limit."""
    search = searches.find(session, caller, search_id)
    return Page(data=[genotype_body(row, search) for row in list_genotypes(session, search)])


@router.get(
    "/genotype",
    response_model=GenotypeBody,
    responses=problems(NotFound, NoGenotypeYet, NoGenotype)
    | {200: {"content": {kind: {"schema": {"type": "string"}} for kind in MEDIA_TYPES.values()}}},
)
def get_search_genotype(
    session: SessionDep,
    caller: CallerDep,
    search_id: SearchIdDep,
    max_skip_connects: SkipLimit = None,
    format: Format = "json",  # noqa: A002  the parameter's name in the URL
    cell: Cell = None,
) -> GenotypeBody | Response:
    """Read the genotype that holds at a skip limit, as a document, as Python or drawn."""
    search = searches.find(session, caller, search_id)
    row = choose_genotype(session, search, max_skip_connects)
    if format == "json":
        return genotype_body(row, search)
    genotype = from_dict(row.genotype)
    if format == "python":
        text = to_python(genotype) + "\n"
    else:
        draw = draw_svg if format == "svg" else draw_dot
        text = draw(genotype, cell=cell)
    return Response(text, media_type=MEDIA_TYPES[format])
