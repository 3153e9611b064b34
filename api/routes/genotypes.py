"""The caller's genotypes: of searches, derived or imported."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.docs.openapi import problems
from api.endpoint.dependencies import CallerDep, GenotypeCursorDep, GenotypeIdDep, SessionDep
from api.endpoint.genotype_formats import IN_EVERY_FORMAT, CellQuery, FormatQuery, genotype_response
from api.endpoint.genotype_import import SentGenotypeDep
from api.endpoint.idempotency import IDEMPOTENCY_ERRORS, idempotent
from api.endpoint.name_parts import NameParts, parts_in_query
from api.endpoint.route import ApiRoute
from api.http.answers import json_answer
from api.http.bodies import Page
from api.http.errors import (
    GenotypeOfSearch,
    MalformedJson,
    NotFound,
    UnsupportedMediaType,
)
from api.schemas.genotype_import import REQUEST_BODY
from api.schemas.genotypes import GenotypeBody, genotype_body, genotype_path
from api.services import genotypes
from api.services.genotypes import FoundGenotype, GenotypeFilter
from api.services.list_order import ListOrder
from pdarts_core.estimates.network_size import NetworkShape
from pdarts_core.space.layout import Stem
from store.image_folder import LEAST_CLASSES
from store.states import GenotypeOrigin

router = APIRouter(prefix="/genotypes", tags=["genotypes"], route_class=ApiRoute)

_DEFAULT = NetworkShape()


def shape_of(
    layers: Annotated[int, Query(description="Number of cells", ge=3, le=100)] = _DEFAULT.layers,
    init_channels: Annotated[
        int, Query(description="Channels of the first cell's nodes", ge=1, le=1024)
    ] = _DEFAULT.init_channels,
    image_size: Annotated[
        int, Query(description="Side of the square images in pixels", ge=8, le=1024)
    ] = _DEFAULT.image_size,
    num_classes: Annotated[
        int, Query(description="Number of classes", ge=LEAST_CLASSES, le=100_000)
    ] = _DEFAULT.num_classes,
    stem: Annotated[
        Stem, Query(description="`cifar` keeps the images' size, `imagenet` divides it by 8")
    ] = _DEFAULT.stem,
    *,
    auxiliary: Annotated[
        bool, Query(description="Whether to count the auxiliary head, which only training uses")
    ] = _DEFAULT.auxiliary,
) -> NetworkShape:
    """Return the network that a genotype's size is counted for.

    The bounds are wider than those of evaluations: the network may be trained elsewhere.
    """
    return NetworkShape(
        layers=layers,
        init_channels=init_channels,
        image_size=image_size,
        num_classes=num_classes,
        stem=stem,
        auxiliary=auxiliary,
    )


parts_of_names = parts_in_query(
    "genotypes with this text in their name or in their search's",
    "genotypes of searches with this text in their data set's name",
)


def wanted_genotypes(
    parts: Annotated[NameParts, Depends(parts_of_names)],
    origin: Annotated[
        GenotypeOrigin | None, Query(description="Only genotypes from this origin")
    ] = None,
    sort: Annotated[ListOrder, Query(description="What comes first")] = ListOrder.NEWEST,
) -> GenotypeFilter:
    """Return which genotypes to list."""
    return GenotypeFilter(
        origin=origin, name_contains=parts.name, dataset_contains=parts.dataset, sort=sort
    )


ShapeDep = Annotated[NetworkShape, Depends(shape_of)]


@router.post(
    "",
    status_code=201,
    response_model=GenotypeBody,
    responses=problems(MalformedJson, UnsupportedMediaType, *IDEMPOTENCY_ERRORS),
    openapi_extra={"requestBody": REQUEST_BODY},
)
@idempotent()
def import_genotype(caller: CallerDep, sent: SentGenotypeDep, session: SessionDep) -> Response:
    """Import a genotype: its cells, a document, or Python text, which is parsed but never run."""
    row = genotypes.add_import(session, caller, sent.genotype, sent.name)
    body = genotype_body(row, None)
    return json_answer(body, status_code=201, location=genotype_path(row.id))


@router.get("")
def list_own_genotypes(
    caller: CallerDep,
    session: SessionDep,
    after: GenotypeCursorDep,
    wanted: Annotated[GenotypeFilter, Depends(wanted_genotypes)],
    limit: Annotated[int, Query(description="Genotypes on a page", ge=1, le=200)] = 50,
) -> Page[GenotypeBody]:
    """List your genotypes, the newest first unless `sort` says otherwise.

    New ones do not shift later pages.
    """
    found = genotypes.list_own(session, caller, wanted, after=after, limit=limit + 1)
    page = found[:limit]
    return Page(
        data=[_body(one, _DEFAULT) for one in page],
        next_cursor=page[-1].row.id if len(found) > limit else None,
    )


@router.get(
    "/{genotype_id}",
    response_model=GenotypeBody,
    responses=problems(NotFound) | {200: IN_EVERY_FORMAT},
)
def get_genotype(
    request: Request,
    caller: CallerDep,
    session: SessionDep,
    genotype_id: GenotypeIdDep,
    shape: ShapeDep,
    format: FormatQuery = None,  # noqa: A002  the parameter's name in the URL
    cell: CellQuery = None,
) -> Response:
    """Read a genotype, as a document, as Python or drawn, with the size of its network."""
    found = genotypes.find_own(session, caller, genotype_id)
    return genotype_response(request, _body(found, shape), format, cell)


@router.delete(
    "/{genotype_id}",
    status_code=204,
    response_class=Response,
    responses=problems(NotFound, GenotypeOfSearch),
)
def delete_genotype(caller: CallerDep, session: SessionDep, genotype_id: GenotypeIdDep) -> None:
    """Delete an imported or derived genotype. A search's own are deleted with the search."""
    genotypes.remove(session, caller, genotype_id)


def _body(found: FoundGenotype, shape: NetworkShape) -> GenotypeBody:
    return genotype_body(found.row, found.job, shape=shape)
