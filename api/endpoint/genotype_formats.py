"""A genotype in the format that the client wants: a document, Python, or a drawing."""

from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response

from api.http.negotiation import choose_media_type
from api.schemas.genotypes import GenotypeBody
from pdarts_core.drawing import draw_dot, draw_svg
from pdarts_core.genotype import from_dict, to_python
from pdarts_core.space.cells import CellKind

GenotypeFormat = Literal["json", "python", "svg", "dot"]

MEDIA_TYPES: dict[GenotypeFormat, str] = {
    "json": "application/json",
    "python": "text/x-python",
    "svg": "image/svg+xml",
    "dot": "text/vnd.graphviz",
}
IN_EVERY_FORMAT: dict[str, Any] = {
    "content": {
        kind: {"schema": {"type": "string"}} for name, kind in MEDIA_TYPES.items() if name != "json"
    }
}
"""The formats besides JSON, for a response's description."""

FormatQuery = Annotated[
    GenotypeFormat | None,
    Query(
        description="`python`: one expression for a DARTS-family `genotypes.py`; `svg` and `dot`: "
        "drawings of the cells. By default, what `Accept` prefers, or JSON"
    ),
]
CellQuery = Annotated[
    CellKind | None,
    Query(description="The cell to draw, for `svg` and `dot`; both by default"),
]


def genotype_response(
    request: Request, body: GenotypeBody, wanted: GenotypeFormat | None, cell: CellKind | None
) -> Response:
    """Return the genotype in the format that is wanted, or else accepted. Raises NotAcceptable."""
    accept = request.headers.get("accept", "")
    media_type = (
        MEDIA_TYPES[wanted] if wanted else choose_media_type(accept, list(MEDIA_TYPES.values()))
    )
    text = _render(body, media_type, cell)
    headers = {} if wanted else {"Vary": "Accept"}
    return Response(text, media_type=media_type, headers=headers)


def _render(body: GenotypeBody, media_type: str, cell: CellKind | None) -> str:
    if media_type == MEDIA_TYPES["json"]:
        return body.model_dump_json()
    genotype = from_dict(body.genotype.model_dump(mode="json"))
    if media_type == MEDIA_TYPES["python"]:
        return to_python(genotype) + "\n"
    draw = draw_svg if media_type == MEDIA_TYPES["svg"] else draw_dot
    return draw(genotype, cell=cell)
