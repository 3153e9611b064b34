"""Who makes a request, and whether they may.

An endpoint asks for its caller by type, and thereby says which scope it needs:

    caller: CallerDep        `read` for GET, `submit` for every other method
    caller: AdminDep         `admin`
    caller: AnyCallerDep     any valid key
"""

from typing import Annotated, Any

from fastapi import Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant
from fastapi.security import HTTPBearer, SecurityScopes

from api.http.answer_headers import add_answer_headers
from api.http.errors import Forbidden, TooManyRequests, Unauthenticated
from api.resources.resources import Resources
from api.resources.security import LOCAL_CALLER, Caller
from store.key_text import digest_of, is_key
from store.scopes import Scope
from store.wording import number_of

SCHEME = "api_key"
_BY_METHOD = "by-method"
_READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_BEARER = HTTPBearer(
    scheme_name=SCHEME,
    bearerFormat="pdk_…",
    description="`Authorization: Bearer pdk_…`, with a key from `pdarts keys create` or "
    "`POST /keys`. Not needed if the service runs with PDARTS_AUTH=off. The names beside it are "
    "the scopes that the operation needs",
    auto_error=False,
)


async def get_caller(
    request: Request, wanted: SecurityScopes, _: Annotated[object, Security(_BEARER)]
) -> Caller:
    """Return who makes the request, if they may.

    Raises:
        Unauthenticated: the request has no valid key.
        TooManyRequests: its owner has made too many in the last minute.
        Forbidden: the key lacks a scope.
    """
    return await admit(request, wanted.scopes)


CallerDep = Annotated[Caller, Security(get_caller, scopes=[_BY_METHOD])]
AdminDep = Annotated[Caller, Security(get_caller, scopes=[Scope.ADMIN.value])]
AnyCallerDep = Annotated[Caller, Security(get_caller)]


async def admit(request: Request, wanted: list[str]) -> Caller:
    """Return who makes the request, if they have the scopes; counts it as one of the owner's.

    Raises:
        Unauthenticated, TooManyRequests, Forbidden: as get_caller does.
    """
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None:
        caller = request.state.caller = await _identify(request)
        await _count(request, caller)
    for scope in needed_scopes(wanted, request.method):
        if not caller.may(scope):
            raise Forbidden(f"the key lacks the scope {scope}; ask an admin for a key that has it")
    return caller


def unauthenticated() -> Unauthenticated:
    """Return the one answer for every reason: a stranger learns nothing of which keys there are."""
    return Unauthenticated(
        "the request needs a valid key: Authorization: Bearer pdk_…",
        headers={"WWW-Authenticate": "Bearer"},
    )


def owner_of(request: Request) -> str:
    """Return who takes turns for a request; all requests that ask for no key are of one."""
    caller: Caller | None = getattr(request.state, "caller", None)
    return "" if caller is None else caller.owner


def needed_scopes(wanted: list[str], method: str) -> list[Scope]:
    """Return the scopes that an endpoint needs, as it declares them."""
    if Scope.ADMIN in wanted:
        return [Scope.ADMIN]
    by_method = Scope.READ if method in _READING_METHODS else Scope.SUBMIT
    return [by_method if name == _BY_METHOD else Scope(name) for name in wanted]


def declared_scopes(dependant: Dependant) -> list[str] | None:
    """Return what an endpoint declares; None for one that is open to everyone."""
    found = [declared_scopes(inner) for inner in dependant.dependencies]
    if dependant.call is get_caller:
        found.append([*(dependant.own_oauth_scopes or ())])
    declared = [scopes for scopes in found if scopes is not None]
    return [scope for scopes in declared for scope in scopes] if declared else None


def name_scopes(method: str, operation: dict[str, Any]) -> bool:
    """Name the scopes in an operation of the OpenAPI document; False if it is open to everyone."""
    for requirement in operation.get("security", []):
        requirement[SCHEME] = [scope.value for scope in needed_scopes(requirement[SCHEME], method)]
    return bool(operation.get("security"))


async def _count(request: Request, caller: Caller) -> None:
    resources: Resources = request.state.resources
    allowance = await resources.limiter.take(caller.owner)
    if allowance is None:
        return
    add_answer_headers(request, allowance.headers())
    request.state.allowance = allowance
    if allowance.is_exceeded:
        limit = f"{number_of(allowance.limit, 'request')} a minute"
        raise TooManyRequests(
            f"{caller.owner} has used up the limit of {limit}",
            headers={"Retry-After": str(allowance.reset_seconds)},
        )


async def _identify(request: Request) -> Caller:
    resources: Resources = request.state.resources
    if resources.settings.auth == "off":
        return LOCAL_CALLER
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    key = key.strip()
    if scheme.lower() == "bearer" and is_key(key):
        digest = digest_of(key)
        ring = resources.keyring
        caller = ring.recall(digest) or await run_in_threadpool(ring.look_up, digest)
        if caller is not None:
            return caller
    raise unauthenticated()
