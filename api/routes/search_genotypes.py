"""The genotypes of a search, and those that follow from its alphas."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.docs.openapi import problems
from api.endpoint.dependencies import CallerDep, SearchIdDep, SessionDep
from api.endpoint.genotype_formats import IN_EVERY_FORMAT, CellQuery, FormatQuery, genotype_response
from api.endpoint.idempotency import IDEMPOTENCY_ERRORS, idempotent
from api.endpoint.route import ApiRoute
from api.http.answers import json_answer, sends
from api.http.bodies import Page
from api.http.errors import (
    MalformedJson,
    NoGenotype,
    NoGenotypeYet,
    NotFound,
    SkipLimitUnreachable,
    UnsupportedMediaType,
)
from api.schemas.genotypes import DeriveRequest, GenotypeBody, genotype_body, genotype_path
from api.services import searches
from api.services.derivation import derive
from api.services.genotypes import choose_genotype, list_genotypes
from pdarts_core.config import SearchConfig
from pdarts_core.config_fields import bounds_of
from store.tables import GenotypeRow, Search

router = APIRouter(prefix="/searches/{search_id}", tags=["results"], route_class=ApiRoute)

SkipLimit = Annotated[
    int | None,
    Query(
        description="At most this many skip-connects in the normal cell; default: as in the spec",
        **bounds_of(SearchConfig, "max_skip_connects").as_dict(),
    ),
]


@router.get("/genotypes", responses=problems(NotFound))
def list_search_genotypes(
    caller: CallerDep, session: SessionDep, search_id: SearchIdDep
) -> Page[GenotypeBody]:
    """List the genotypes of a search: the unrestricted one, then one for each skip limit."""
    search = searches.find(session, caller, search_id)
    return Page(data=[_body(row, search) for row in list_genotypes(session, search)])


@router.get(
    "/genotype",
    response_model=GenotypeBody,
    responses=problems(NotFound, NoGenotypeYet, NoGenotype) | {200: IN_EVERY_FORMAT},
)
def get_search_genotype(
    request: Request,
    caller: CallerDep,
    session: SessionDep,
    search_id: SearchIdDep,
    max_skip_connects: SkipLimit = None,
    format: FormatQuery = None,  # noqa: A002  the parameter's name in the URL
    cell: CellQuery = None,
) -> Response:
    """Read the genotype for a skip limit, as a document, as Python or drawn."""
    search = searches.find(session, caller, search_id)
    row = choose_genotype(session, search, max_skip_connects)
    return genotype_response(request, _body(row, search), format, cell)


@router.post(
    "/derive",
    status_code=201,
    response_model=GenotypeBody,
    responses=problems(
        MalformedJson,
        NotFound,
        NoGenotypeYet,
        NoGenotype,
        UnsupportedMediaType,
        SkipLimitUnreachable,
        *IDEMPOTENCY_ERRORS,
    )
    | {
        200: {"model": GenotypeBody, "description": "It existed already"} | sends("Location"),
    },
)
@idempotent()
def derive_genotype(
    body: DeriveRequest, caller: CallerDep, session: SessionDep, search_id: SearchIdDep
) -> Response:
    """Derive a genotype for other skip limits from the final alphas of the search."""
    search = searches.find(session, caller, search_id)
    derived = derive(session, search, body)
    status_code = 201 if derived.is_new else 200
    location = genotype_path(derived.row.id)
    return json_answer(_body(derived.row, search), status_code=status_code, location=location)


def _body(row: GenotypeRow, search: Search) -> GenotypeBody:
    return genotype_body(row, search.job)
