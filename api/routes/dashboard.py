"""The web page, at every address under /ui."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from api.dashboard.assets import load_assets
from api.dashboard.page import CONTENT_SECURITY_POLICY, render_page
from api.http.errors import NotFound

router = APIRouter(prefix="/ui", include_in_schema=False)

_FOR_GOOD = "public, max-age=31536000, immutable"
_PAGE_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@router.get("/static/{digest}/{path:path}")
def get_dashboard_asset(digest: str, path: str) -> Response:
    """Return a file of the page; its address changes with its content."""
    assets = load_assets()
    asset = assets.by_path.get(path)
    if digest != assets.digest or asset is None:
        raise NotFound("the page has no such file; reload it")
    headers = {"Cache-Control": _FOR_GOOD, "X-Content-Type-Options": "nosniff"}
    return Response(asset.content, media_type=asset.media_type, headers=headers)


@router.get("")
@router.get("/{path:path}")
def get_dashboard(request: Request) -> HTMLResponse:
    """Return the page; its script shows what the address names."""
    assets = load_assets()
    static_url = f"{request.scope.get('root_path', '')}{router.prefix}/static/{assets.digest}"
    return HTMLResponse(render_page(assets, static_url=static_url), headers=_PAGE_HEADERS)
