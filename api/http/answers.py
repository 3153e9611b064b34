"""Answers with a JSON body and headers of their own."""

from typing import Any

from fastapi import Response
from pydantic import BaseModel


def sends(*headers: str) -> dict[str, Any]:
    """Say in a response's description that it has these headers, which the document explains."""
    return {"headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers}}


def json_answer(
    body: BaseModel,
    *,
    status_code: int = 200,
    etag: str | None = None,
    location: str | None = None,
    cache_control: str | None = None,
) -> Response:
    """Return a body that its endpoint has made from its response model."""
    headers = {"ETag": etag, "Location": location, "Cache-Control": cache_control}
    return Response(
        body.model_dump_json(),
        status_code=status_code,
        headers={name: value for name, value in headers.items() if value is not None},
        media_type="application/json",
    )
