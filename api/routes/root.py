"""The service's root: leads people to the page, and gives programs a list of addresses."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from api.docs.openapi import DocumentedApp
from api.endpoint.route import unless_known
from api.http.bodies import BASE
from api.http.negotiation import choose_media_type

router = APIRouter(include_in_schema=False)

_JSON, _HTML = "application/json", "text/html"
_VARY = {"Vary": "Accept"}


@router.get("/")
@router.get(BASE)
async def get_root(request: Request) -> Response:
    """Lead a browser to the page; list the addresses for a program."""
    above = request.scope.get("root_path", "")
    if choose_media_type(request.headers.get("accept", ""), [_JSON, _HTML]) == _HTML:
        return RedirectResponse(f"{above}/ui", headers=_VARY)
    app: DocumentedApp = request.app
    addresses = _addresses((await app.described()).document, above)
    return unless_known(request, JSONResponse(addresses, headers=_VARY))


def _addresses(document: dict[str, Any], above: str) -> dict[str, Any]:
    listed = {
        path.rpartition("/")[2]: f"{above}{path}"
        for path, methods in document["paths"].items()
        if "get" in methods and "{" not in path
    }
    people = {"ui": f"{above}/ui", "docs": f"{above}{BASE}/docs"}
    return {
        "name": document["info"]["title"],
        "version": document["info"]["version"],
        "urls": people | {"openapi": f"{above}{BASE}/openapi.json"} | listed,
    }
