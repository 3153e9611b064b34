"""What every endpoint does: it sends what the client accepts, and nothing that the client has."""

import hashlib
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.datastructures import DefaultPlaceholder
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute

from api.endpoint.json_body import JsonRoute
from api.http.conditional import NOT_MODIFIED, matches
from api.http.negotiation import choose_media_type

_TAG_BYTES = 12
_KEPT_WHEN_NOT_MODIFIED = ("etag", "cache-control", "vary", "content-location", "link")


class ApiRoute(JsonRoute):
    """A route that negotiates, reads bodies strictly, and answers 304 if the client is up to date.

    Its responses say so; a stream has no tag.
    """

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        responses: dict[int | str, dict[str, Any]] | None = None,
        **options: Any,
    ) -> None:
        if _is_tagged(options):
            responses = {304: NOT_MODIFIED, **(responses or {})}
        super().__init__(path, endpoint, responses=responses, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler that does all this."""
        handle = super().get_route_handler()
        offers = media_types_of(self)
        is_read = "GET" in (self.methods or ())

        async def handle_well(request: Request) -> Response:
            if offers:
                choose_media_type(request.headers.get("accept", ""), offers)
            response = await handle(request)
            if is_read and response.status_code == 200:
                return unless_known(request, response)
            return response

        return handle_well


def _is_tagged(options: Mapping[str, Any]) -> bool:
    """Tell by its options whether a route's answers have entity tags."""
    response_class = options.get("response_class")
    if isinstance(response_class, DefaultPlaceholder):
        response_class = response_class.value
    is_stream = isinstance(response_class, type) and issubclass(response_class, StreamingResponse)
    return "GET" in (options.get("methods") or ()) and not is_stream


def media_types_of(route: APIRoute) -> list[str]:
    """Return the media types of a route's successful answers, the default first."""
    chosen = route.response_class
    response_class = chosen.value if isinstance(chosen, DefaultPlaceholder) else chosen
    own = getattr(response_class, "media_type", None)
    told = route.responses.get(200, {}).get("content", {})
    return list(dict.fromkeys([*([own] if own else []), *told]))


def unless_known(request: Request, response: Response) -> Response:
    """Give the answer an entity tag, and leave out the body if the client has it."""
    if "etag" not in response.headers:
        if isinstance(response, StreamingResponse):
            return response
        digest = hashlib.blake2b(bytes(response.body), digest_size=_TAG_BYTES).hexdigest()
        response.headers["etag"] = f'"{digest}"'
    if not matches(request.headers.get("if-none-match"), response.headers["etag"]):
        return response
    kept = {
        name: value for name, value in response.headers.items() if name in _KEPT_WHEN_NOT_MODIFIED
    }
    return Response(status_code=304, headers=kept)
