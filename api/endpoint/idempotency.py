"""The header Idempotency-Key: what a request is recognised by when it is sent again."""

import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from sqlalchemy.orm import Session

from api.endpoint.dependencies import CallerDep, ResourcesDep
from api.http.errors import BodyTooLarge, IdempotencyKeyReused, InvalidRequest, RequestInFlight
from api.http.problem import BadField
from api.resources.security import Caller
from api.services import idempotency
from api.services.idempotency import Answer, Call

REPLAYED = "Idempotency-Replayed"
_HEADER = "Idempotency-Key"
_KEPT_HEADERS = ("location", "etag")
ERRORS_OF_A_CALL = (InvalidRequest, RequestInFlight, IdempotencyKeyReused, BodyTooLarge)
"""What every call with a key may be answered; its body counts, whatever it is for."""
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


async def get_call(
    request: Request,
    caller: CallerDep,
    resources: ResourcesDep,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="Your own name for this request. Sent again within a day, the request is "
            "not carried out a second time, but answered as before",
            examples=["5f2c7a1e-9a40-4a3a-9d0b-0f1d9f6a1c55"],
            json_schema_extra={"pattern": f"^{_KEY.pattern}$"},
        ),
    ] = None,
) -> AsyncIterator[Call | None]:
    """Yield the call that the key names; None without a key.

    Raises:
        InvalidRequest: the header is no key.
        RequestInFlight: the same process is still at a request with this key.
    """
    if idempotency_key is None:
        yield None
        return
    if not _KEY.fullmatch(idempotency_key):
        detail = "a key has 1 to 255 visible ASCII characters"
        raise InvalidRequest(detail, errors=[BadField(parameter=_HEADER, detail=detail)])
    held = caller.owner, idempotency_key
    if held in resources.in_flight:
        raise RequestInFlight(
            "a request with this Idempotency-Key is being served", headers={"Retry-After": "1"}
        )
    resources.in_flight.add(held)
    try:
        yield Call(key=idempotency_key, fingerprint=await _fingerprint(request))
    finally:
        resources.in_flight.discard(held)


# Asked for before the session, so that the key is let go after the commit.
CallDep = Annotated[Call | None, Depends(get_call, scope="function")]


def answer_once(
    session: Session,
    caller: Caller,
    call: Call | None,
    act: Callable[[], Response],
    *,
    secrets: frozenset[str] = frozenset(),
) -> Response:
    """Carry the call out and keep the answer, or give the answer that it had.

    The members of the answer that are named as secrets are kept, and given again, as null.
    """
    if call is None:
        return act()
    earlier = idempotency.begin(session, caller, call)
    if earlier is not None:
        return Response(
            earlier.body,
            status_code=earlier.status,
            headers=earlier.headers | {REPLAYED: "true"},
            media_type="application/json",
        )
    response = act()
    headers = {name: value for name, value in response.headers.items() if name in _KEPT_HEADERS}
    body = _without(secrets, bytes(response.body).decode())
    answer = Answer(status=response.status_code, headers=headers, body=body)
    idempotency.remember(session, caller, call, answer)
    return response


def _without(secrets: frozenset[str], body: str) -> str:
    if not secrets:
        return body
    kept = {name: None if name in secrets else value for name, value in json.loads(body).items()}
    return json.dumps(kept)


async def _fingerprint(request: Request) -> str:
    path = request.url.path.removeprefix("/v1")
    digest = hashlib.sha256(f"{request.method} {path}?{request.url.query}\n".encode())
    digest.update(await request.body())
    return digest.hexdigest()
