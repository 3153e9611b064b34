"""Query parameters: those that an endpoint does not know are refused."""

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.endpoint.metadata_filter import MEMBERS, METADATA_PARAMETER, PARAMETER
from api.http.errors import InvalidRequest
from api.http.problem import BadField

_LONGEST_SHOWN_NAME = 100


async def refuse_unknown_parameters(request: Request) -> None:
    """Refuse a misspelt parameter: `?dryrun=true` must not start a search.

    Raises:
        InvalidRequest: the endpoint has no such parameter.
    """
    route = request.scope["route"]
    if not request.query_params or not isinstance(route, APIRoute):
        return
    known = _known_names(route.dependant)
    if METADATA_PARAMETER in (route.openapi_extra or {}).get("parameters", []):
        known.add(MEMBERS)
    unknown = [name for name in request.query_params if _base(name) not in known]
    if unknown:
        fields = [
            BadField(parameter=name[:_LONGEST_SHOWN_NAME], detail=_refusal(name, known))
            for name in unknown
        ]
        raise InvalidRequest(fields[0].detail, errors=fields)


def _refusal(name: str, known: set[str]) -> str:
    if MEMBERS in known and name.startswith(METADATA_PARAMETER["name"]):
        return f"name the member to filter by: {MEMBERS}=VALUE"
    allowed = f"allowed: {', '.join(sorted(known))}" if known else "none are allowed here"
    return f"unknown parameter; {allowed}"


def _base(name: str) -> str:
    """Return the name; that of a member, as in `metadata[ticket]`, as it is declared."""
    return MEMBERS if PARAMETER.fullmatch(name) else name


def _known_names(dependant: Dependant) -> set[str]:
    own = {field.alias for field in dependant.query_params}
    return own.union(*(_known_names(inner) for inner in dependant.dependencies))
