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

router = APIRouter(prefix="/searches/{search_id}", tags=["results"])

SkipLimit = Annotated[
    int | None,
    Query(
        description="Skip-connects in the normal cell, at most; default: the spec's",
        **bounds_of(SearchConfig, "max_skip_connects").as_dict(),
    ),
]
Format = Annotated[
    Literal["json", "python"],
    Query(description="`python` is one expression for a DARTS-family `genotypes.py`"),
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
    responses=problems(NotFound, NoGenotypeYet, NoGenotype),
)
def get_search_genotype(
    session: SessionDep,
    caller: CallerDep,
    search_id: SearchIdDep,
    max_skip_connects: SkipLimit = None,
    format: Format = "json",  # noqa: A002  the parameter's name in the URL
) -> GenotypeBody | Response:
    """Read the genotype that holds at a skip limit."""
    search = searches.find(session, caller, search_id)
    document = genotype_body(choose_genotype(session, search, max_skip_connects), search)
    if format == "python":
        return Response(document.python + "\n", media_type="text/x-python")
    return document
