"""API keys, for whoever has the scope `admin`."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Body, Query, Response
from sqlalchemy import event

from api.docs.openapi import problems
from api.endpoint.dependencies import AdminDep, KeyCursorDep, KeyIdDep, ResourcesDep, SessionDep
from api.endpoint.idempotency import IDEMPOTENCY_ERRORS, idempotent
from api.endpoint.route import ApiRoute
from api.http.answer_headers import NEVER
from api.http.answers import json_answer
from api.http.bodies import Page
from api.http.errors import KeysOff, MalformedJson, NotFound, UnsupportedMediaType
from api.schemas.keys import (
    EXAMPLE_KEYS,
    KeyBody,
    KeyRequest,
    NewKeyBody,
    key_body,
    key_path,
    new_key_body,
)
from api.services import keys
from store.keys import OWNER_PATTERN, create_key, list_keys
from store.scopes import Scope

router = APIRouter(prefix="/keys", tags=["keys"], route_class=ApiRoute)


@router.post(
    "",
    name="create_key",
    status_code=201,
    response_model=NewKeyBody,
    responses=problems(KeysOff, MalformedJson, UnsupportedMediaType, *IDEMPOTENCY_ERRORS),
)
@idempotent(secrets={"key"})
def create_owners_key(
    _: AdminDep,
    session: SessionDep,
    resources: ResourcesDep,
    body: Annotated[KeyRequest, Body(openapi_examples=EXAMPLE_KEYS)],
) -> Response:
    """Create a key. Only this answer contains the key itself.

    While the service requires no keys, only `pdarts keys create` on its machine creates them:
    anyone could ask for a key now, and would still have it once keys are required.
    """
    if resources.settings.auth == "off":
        raise KeysOff(
            "while PDARTS_AUTH is off, keys can only be created on the service's machine: "
            f"pdarts keys create --owner {body.owner} {_scope_options(body.scopes)}; with "
            "PDARTS_AUTH=on, the service starts only if some key has the scope admin: "
            "pdarts keys create --owner YOU --scope admin"
        )
    minted = create_key(
        session, owner=body.owner, name=body.name, scopes=body.scopes, expires_at=body.end()
    )
    location = key_path(minted.row.id)
    return json_answer(
        new_key_body(minted), status_code=201, location=location, cache_control=NEVER
    )


@router.get("", name="list_keys")
def list_all_keys(
    _: AdminDep,
    session: SessionDep,
    after: KeyCursorDep,
    owner: Annotated[
        str | None, Query(description="Only keys of this owner", pattern=OWNER_PATTERN)
    ] = None,
    limit: Annotated[int, Query(description="Keys on a page", ge=1, le=200)] = 50,
) -> Page[KeyBody]:
    """List the keys of every owner, revoked and expired ones too, the newest first."""
    found = list_keys(session, owner=owner, after=after, limit=limit + 1)
    page = found[:limit]
    return Page(
        data=[key_body(key) for key in page],
        next_cursor=page[-1].id if len(found) > limit else None,
    )


@router.get("/{key_id}", responses=problems(NotFound))
def get_key(_: AdminDep, session: SessionDep, key_id: KeyIdDep) -> KeyBody:
    """Read what is known about a key; its secret text is never shown again."""
    return key_body(keys.find(session, key_id))


@router.delete("/{key_id}", status_code=204, response_class=Response, responses=problems(NotFound))
def revoke_key(_: AdminDep, session: SessionDep, resources: ResourcesDep, key_id: KeyIdDep) -> None:
    """Revoke a key. It is refused within seconds by every API process, and stays in the list.

    Revoking it again changes nothing.
    """
    keys.revoke(session, key_id)
    event.listen(session, "after_commit", lambda _: resources.keyring.forget(key_id), once=True)


def _scope_options(scopes: Iterable[Scope]) -> str:
    return " ".join(f"--scope {scope}" for scope in scopes)
