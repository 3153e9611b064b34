"""The handler that answers all errors (RFC 9457)."""

import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.routing import Match

from api.http.errors import (
    PROBLEM_TYPE,
    ApiError,
    DatabaseUnavailable,
    InternalError,
    InvalidRequest,
    MalformedJson,
    MethodNotAllowed,
    NotFound,
)
from api.http.problem import BadField, to_pointer
from store.database import code_of, may_answer_later

MOST_ERRORS = 100
"""Fields that an answer lists as wrong."""
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

logger = logging.getLogger(__name__)


def add_error_handler(app: FastAPI) -> None:
    """Make the application answer all errors in the same way."""
    for kind in (HTTPException, RequestValidationError, DBAPIError, PoolTimeout, Exception):
        app.add_exception_handler(kind, answer_error)


async def answer_error(request: Request, exception: Exception) -> Response:
    """Answer an error as problem+json; log unexpected ones with their traceback."""
    request_id = str(getattr(request.state, "request_id", ""))
    error = _as_api_error(request, exception)
    if error.status_code >= 500:
        logger.error("request %s failed", request_id, exc_info=exception)
    if request.method == "OPTIONS" and isinstance(error, MethodNotAllowed):
        return Response(status_code=204, headers=error.headers)
    return Response(
        error.to_problem(request_id).model_dump_json(exclude_none=True),
        status_code=error.status_code,
        headers={"X-Request-ID": request_id} | dict(error.headers or {}),
        media_type=PROBLEM_TYPE,
    )


def _as_api_error(request: Request, exception: Exception) -> ApiError:
    error: ApiError
    match exception:
        case ApiError():
            error = exception
        case RequestValidationError():
            error = _invalid_request(exception.errors())
        case HTTPException(status_code=404):
            error = NotFound("there is nothing at this path")
        case HTTPException(status_code=405):
            error = _method_not_allowed(request)
        case HTTPException(status_code=status) if status < 500:
            error = MalformedJson(str(exception.detail))
        case DBAPIError() | PoolTimeout() if _may_be_over_soon(exception):
            detail = "the database is not answering; try again"
            error = DatabaseUnavailable(detail, headers={"Retry-After": "2"})
        case _:
            error = InternalError("the service failed; look for the request ID in its log")
    return error


def _may_be_over_soon(error: Exception) -> bool:
    # SQLite reports a wrong statement as it reports a locked file.
    is_defect = code_of(error) == "SQLITE_ERROR"
    return isinstance(error, PoolTimeout) or (may_answer_later(error) and not is_defect)


def _method_not_allowed(request: Request) -> MethodNotAllowed:
    allowed = ", ".join(_allowed_methods(request))
    detail = f"{request.method} is not allowed here; allowed: {allowed}"
    return MethodNotAllowed(detail, headers={"Allow": allowed})


def _invalid_request(errors: Sequence[dict[str, Any]]) -> ApiError:
    if any(error["loc"][0] == "path" for error in errors):
        return NotFound("there is nothing at this path")
    fields = [_bad_field(error) for error in errors[:MOST_ERRORS]]
    if len(errors) == 1:
        return InvalidRequest(fields[0].detail, errors=fields)
    detail = f"{len(errors)} fields are invalid"
    unlisted = len(errors) - len(fields)
    if unlisted:
        detail += f"; the first {len(fields)} are listed, and {unlisted} more are not"
    return InvalidRequest(detail, errors=fields)


def _bad_field(error: dict[str, Any]) -> BadField:
    where, *path = error["loc"]
    detail = str(error["msg"]).removeprefix("Value error, ")
    if where == "body":
        return BadField(pointer=to_pointer(path), detail=detail)
    return BadField(parameter="/".join(map(str, path)), detail=detail)


def _allowed_methods(request: Request) -> list[str]:
    """Return the methods that the request's path has, for the header Allow (RFC 9110, 10.2.1).

    HEAD goes with GET, OPTIONS with all.
    """
    found = [method for method in _METHODS if _serves(request, method)]
    return [*found, *(["HEAD"] if "GET" in found else []), "OPTIONS"]


def _serves(request: Request, method: str) -> bool:
    scope = {"type": "http", "path": request.scope["path"], "method": method}
    scope |= {"root_path": request.scope.get("root_path", ""), "headers": []}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.router.routes)
