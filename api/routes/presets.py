"""The named specs."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from api.docs.openapi import problems
from api.endpoint.dependencies import CallerDep
from api.endpoint.route import ApiRoute
from api.http.bodies import Page
from api.http.errors import NotFound
from api.schemas.presets import (
    AnyPresetBody,
    EvaluationPresetBody,
    PresetBody,
    PresetKind,
    presets_of,
)

router = APIRouter(prefix="/presets", tags=["catalogue"], route_class=ApiRoute)

KindQuery = Annotated[PresetKind, Query(description="The kind of job that they are for")]


@router.get("", response_model=Page[PresetBody] | Page[EvaluationPresetBody])
def list_presets(_: CallerDep, kind: KindQuery = PresetKind.SEARCH) -> Page[Any]:
    """List the presets. A spec takes from its preset what it leaves out."""
    return Page(data=list(presets_of(kind).values()))


@router.get("/{name}", response_model=AnyPresetBody, responses=problems(NotFound))
def get_preset(
    _: CallerDep,
    name: Annotated[str, Path(description="The preset's name", examples=["quick"])],
    kind: KindQuery = PresetKind.SEARCH,
) -> AnyPresetBody:
    """Read a preset."""
    presets = presets_of(kind)
    if name not in presets:
        raise NotFound(f"unknown preset; available: {', '.join(presets)}")
    return presets[name]
