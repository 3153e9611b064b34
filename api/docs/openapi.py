"""What the OpenAPI document says beyond what FastAPI writes by itself."""

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from api.docs.openapi_details import add_details
from api.endpoint.access import name_scopes
from api.http.csv_tables import JSON
from api.http.errors import (
    PROBLEM_TYPE,
    ApiError,
    CrossOrigin,
    Forbidden,
    MisdirectedRequest,
    TooManyRequests,
    Unauthenticated,
)
from api.http.fixed_bodies import FixedBody
from api.http.problem import Problem
from api.http.same_machine import SAFE_METHODS

Responses = dict[int | str, dict[str, Any]]

_OF_EVERY_CALLER = (Unauthenticated, Forbidden, TooManyRequests)
_EXAMPLE_REQUEST_ID = "8f14e45fceea467a9c1d1b0f5b3a6c2e"
_PROBLEM = {"$ref": "#/components/schemas/Problem"}


def problems(*kinds: type[ApiError]) -> Responses:
    """Describe the errors of an endpoint, with an example of each."""
    responses: Responses = {}
    for kind in kinds:
        response = responses.setdefault(
            kind.status,
            {"model": Problem, "description": "", "content": {PROBLEM_TYPE: {"examples": {}}}},
        )
        response["description"] += f"`{kind.code}`: {kind.title}. "
        examples = response["content"][PROBLEM_TYPE]["examples"]
        examples[kind.code] = {"value": _example(kind)}
    return responses


@dataclass(frozen=True, kw_only=True)
class Description:
    """The OpenAPI document, as it is looked into and as it is sent."""

    document: dict[str, Any]
    body: FixedBody


class DocumentedApp(FastAPI):
    """A FastAPI whose document gives errors their own media type."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._described: Description | None = None
        self._one_at_a_time = asyncio.Lock()

    async def described(self) -> Description:
        """Return the document. It is made once, in a second in which others are served."""
        async with self._one_at_a_time:
            if self._described is None:
                self._described = await run_in_threadpool(self._describe)
        return self._described

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document. Not for several threads at once."""
        if self.openapi_schema is None:
            document = super().openapi()
            for path in document["paths"].values():
                for method, operation in path.items():
                    _name_problems(operation["responses"])
                    if name_scopes(method.upper(), operation):
                        _add_problems(operation["responses"], *_OF_EVERY_CALLER)
                    _add_problems(operation["responses"], MisdirectedRequest)
                    if method.upper() not in SAFE_METHODS:
                        _add_problems(operation["responses"], CrossOrigin)
            add_details(document)
        return super().openapi()

    def _describe(self) -> Description:
        document = self.openapi()
        body = FixedBody(content=bytes(JSONResponse(document).body), media_type=JSON)
        len(body.compressed)  # now, while nobody is held up
        return Description(document=document, body=body)


def _add_problems(responses: dict[str, Any], *kinds: type[ApiError]) -> None:
    for status, told in problems(*kinds).items():
        empty = {"description": "", "content": {PROBLEM_TYPE: {"schema": _PROBLEM, "examples": {}}}}
        response = responses.setdefault(str(status), empty)
        response["description"] += told["description"]
        examples = told["content"][PROBLEM_TYPE]["examples"]
        response["content"][PROBLEM_TYPE]["examples"].update(examples)


def _name_problems(responses: dict[str, Any]) -> None:
    for response in responses.values():
        content = response.get("content", {})
        for media_type in list(content):
            if content[media_type].get("schema") == _PROBLEM and media_type != PROBLEM_TYPE:
                content.setdefault(PROBLEM_TYPE, {}).update(content.pop(media_type))


def _example(kind: type[ApiError]) -> dict[str, Any]:
    detail = (kind.__doc__ or kind.title).partition("\n")[0]
    return kind(detail).to_problem(_EXAMPLE_REQUEST_ID).model_dump(exclude_none=True)
