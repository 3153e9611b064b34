"""Which methods a path has, for the header Allow (RFC 9110, section 10.2.1)."""

from fastapi import Request
from starlette.routing import Match

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def allowed_methods(request: Request) -> list[str]:
    """Return the methods that the request's path has; HEAD goes with GET, OPTIONS with all."""
    found = [method for method in _METHODS if _serves(request, method)]
    return [*found, *(["HEAD"] if "GET" in found else []), "OPTIONS"]


def _serves(request: Request, method: str) -> bool:
    scope = {"type": "http", "path": request.scope["path"], "method": method}
    scope |= {"root_path": request.scope.get("root_path", ""), "headers": []}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes)
