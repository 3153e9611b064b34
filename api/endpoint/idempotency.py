"""The header Idempotency-Key, by which a request is recognised when it is sent again.

An endpoint that is to be carried out once only says so:

    @router.post("/{search_id}/cancel", …)
    @idempotent()
    def cancel_search(session: SessionDep, …) -> …
"""

import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable, Collection
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.endpoint.dependencies import CallerDep, ResourcesDep
from api.endpoint.json_body import BoundedRequest
from api.endpoint.sessions import SessionDep
from api.endpoint.signatures import parameters_of_type, wrapping
from api.http.answers import json_answer
from api.http.bodies import BASE
from api.http.errors import BodyTooLarge, IdempotencyKeyReused, InvalidRequest, RequestInFlight
from api.http.problem import BadField
from api.services import idempotency
from api.services.idempotency import KeptAnswer, KeyedRequest

REPLAYED = "Idempotency-Replayed"
_HEADER = "Idempotency-Key"
_KEPT_HEADERS = ("location", "etag")
IDEMPOTENCY_ERRORS = (InvalidRequest, RequestInFlight, IdempotencyKeyReused, BodyTooLarge)
"""What every request with a key may be answered; its body counts, whatever it is for."""
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


async def get_keyed_request(
    request: Request,
    caller: CallerDep,
    resources: ResourcesDep,
    idempotency_key: Annotated[
        str | None,
        Header(
            description="Your own name for this request. Sent again within a day, the request is "
            "not carried out a second time; the answer is the one you had before",
            examples=["5f2c7a1e-9a40-4a3a-9d0b-0f1d9f6a1c55"],
            json_schema_extra={"pattern": f"^{_KEY.pattern}$"},
        ),
    ] = None,
) -> AsyncIterator[KeyedRequest | None]:
    """Yield the request that the key names; None without a key.

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
            "another request with this Idempotency-Key is still being served",
            headers={"Retry-After": "1"},
        )
    resources.in_flight.add(held)
    try:
        yield KeyedRequest(
            owner=caller.owner, key=idempotency_key, fingerprint=await _fingerprint(request)
        )
    finally:
        resources.in_flight.discard(held)


KeyedRequestDep = Annotated[KeyedRequest | None, Depends(get_keyed_request, scope="function")]

Endpoint = Callable[..., BaseModel | Response]


def idempotent(
    *, status_code: int = 202, secrets: Collection[str] = (), unless: str | None = None
) -> Callable[[Endpoint], Endpoint]:
    """Make an endpoint with a session run only once for each Idempotency-Key.

    Args:
        status_code: of the answer, if the endpoint returns a model.
        secrets: members of the answer that are kept, and given again, as null.
        unless: the parameter that, if true, makes the request one that changes nothing.
    """

    def decorate(endpoint: Endpoint) -> Endpoint:
        (name,) = parameters_of_type(endpoint, SessionDep)

        def run(*, keyed_request: KeyedRequest | None, **values: Any) -> BaseModel | Response:
            if keyed_request is None or (unless is not None and values[unless]):
                return endpoint(**values)

            def act() -> Response:
                answer = endpoint(**values)
                if isinstance(answer, Response):
                    return answer
                return json_answer(answer, status_code=status_code)

            return _answer_once(values[name], keyed_request, act, secrets)

        # The key comes first, so that it is let go after the commit.
        return wrapping(endpoint, run, keyed_request=KeyedRequestDep)

    return decorate


def _answer_once(
    session: Session,
    request: KeyedRequest,
    act: Callable[[], Response],
    secrets: Collection[str],
) -> Response:
    """Carry out the request and keep the answer, or give the answer from before."""
    earlier = idempotency.begin(session, request)
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
    answer = KeptAnswer(status=response.status_code, headers=headers, body=body)
    idempotency.remember(session, request, answer)
    return response


def _without(secrets: Collection[str], body: str) -> str:
    if not secrets:
        return body
    kept = {name: None if name in secrets else value for name, value in json.loads(body).items()}
    return json.dumps(kept)


async def _fingerprint(request: Request) -> str:
    path = request.url.path.removeprefix(BASE)
    digest = hashlib.sha256(f"{request.method} {path}?{request.url.query}\n".encode())
    content = request.content() if isinstance(request, BoundedRequest) else request.body()
    digest.update(await content)
    return digest.hexdigest()
