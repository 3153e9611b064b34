"""The description of the interface, and a page to try it on; no asset comes from elsewhere."""

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

from api.docs.openapi import DocumentedApp
from api.endpoint.route import unless_known
from api.http.errors import NotFound
from api.http.fixed_bodies import FixedBody

router = APIRouter(include_in_schema=False)

_ASSETS = files("fastapi_offline") / "static"
_MEDIA_TYPES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
}
_ONE_DAY = "public, max-age=86400"


@router.get("/openapi.json")
async def get_openapi(request: Request) -> Response:
    """Return the OpenAPI document."""
    app: DocumentedApp = request.app
    return unless_known(request, (await app.described()).body.response_to(request))


@router.get("/docs")
def get_docs(request: Request) -> HTMLResponse:
    """Return the page that shows the OpenAPI document."""
    here = request.url.path.rstrip("/")
    page = get_swagger_ui_html(
        openapi_url=f"{here.removesuffix('/docs')}/openapi.json",
        title=request.app.title,
        swagger_js_url=f"{here}/swagger-ui-bundle.js",
        swagger_css_url=f"{here}/swagger-ui.css",
        swagger_favicon_url="data:,",
    )
    page.headers["Content-Security-Policy"] = _policy_for(bytes(page.body))
    return page


@router.get("/docs/{name}")
def get_docs_asset(name: str, request: Request) -> Response:
    """Return the script or the style sheet of that page."""
    if name not in _MEDIA_TYPES:
        raise NotFound("there is nothing at this path")
    response = _load_asset(name).response_to(request)
    response.headers["Cache-Control"] = _ONE_DAY
    return response


@cache
def _load_asset(name: str) -> FixedBody:
    return FixedBody(content=(_ASSETS / name).read_bytes(), media_type=_MEDIA_TYPES[name])


def _policy_for(page: bytes) -> str:
    """Allow the page's own script, named by its digest, and what this service serves."""
    scripts = re.findall(rb"<script>(.*?)</script>", page, re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(script).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src 'self' {allowed}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
