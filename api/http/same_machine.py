"""Without keys, the service is for programs and the page of its own machine.

Browsers say what a page cannot change: the name under which it reached the service (Host), and
where it comes from (Origin, Sec-Fetch-Site). What says nothing of the kind is no browser, and is
served.
"""

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.error_handler import answer_error
from api.http.errors import ApiError, CrossOrigin, MisdirectedRequest
from api.http.own_names import Authority, OwnNames

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_FROM_ITSELF = frozenset({"same-origin", "none"})
"""Values of Sec-Fetch-Site: our own page; an address that somebody typed."""
_LONGEST_SHOWN = 100


class SameMachineMiddleware:
    """Refuses requests for other hosts, and changes that pages of other sites ask for."""

    def __init__(self, app: ASGIApp, names: OwnNames) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or refuse it."""
        error = self._fault(scope) if scope["type"] == "http" else None
        if error is None:
            await self._app(scope, receive, send)
        else:
            answer = await answer_error(Request(scope), error)
            await answer(scope, receive, send)

    def _fault(self, scope: Scope) -> ApiError | None:
        headers = Headers(scope=scope)
        for host in headers.getlist("host"):
            if not self._is_own(Authority.parse(host), scope):
                return _misdirected(host)
        if scope["method"] in SAFE_METHODS or _is_from_itself(headers):
            return None
        return CrossOrigin(
            "a page of another site asked for this; while PDARTS_AUTH is off, only programs on "
            "this machine and the service's own page may change anything"
        )

    def _is_own(self, authority: Authority | None, scope: Scope) -> bool:
        if authority is None:
            return False
        reached_at, _ = scope.get("server") or (None, None)
        return self._names.include(authority.host, reached_at=reached_at)


def _is_from_itself(headers: Headers) -> bool:
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site in _FROM_ITSELF
    if origin is None:
        return True
    # The scheme is not compared: a proxy may have taken TLS off.
    page = Authority.parse(origin.partition("://")[2])
    return page is not None and page == Authority.parse(headers.get("host", ""))


def _misdirected(host: str) -> MisdirectedRequest:
    shown = host.encode(errors="backslashreplace").decode()[:_LONGEST_SHOWN]
    return MisdirectedRequest(
        f"{shown!r} is not a name of this machine; while PDARTS_AUTH is off, the service answers "
        "to localhost and this machine's own addresses, and to the names in PDARTS_ALLOWED_HOSTS"
    )
