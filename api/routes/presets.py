"""The named specs."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.docs.openapi import problems
from api.endpoint.dependencies import CallerDep
from api.endpoint.route import ApiRoute
from api.http.bodies import Page
from api.http.errors import NotFound
from api.schemas.presets import PresetBody, preset_body
from pdarts_core.config import PRESETS

router = APIRouter(prefix="/presets", tags=["catalogue"], route_class=ApiRoute)


@router.get("")
def list_presets(_: CallerDep) -> Page[PresetBody]:
    """List the presets. A spec takes from its preset what it leaves out."""
    return Page(data=[preset_body(name, config) for name, config in PRESETS.items()])


@router.get("/{name}", responses=problems(NotFound))
def get_preset(
    _: CallerDep, name: Annotated[str, Path(description="The preset's name", examples=["quick"])]
) -> PresetBody:
    """Read a preset."""
    config = PRESETS.get(name)
    if config is None:
        raise NotFound(f"unknown preset; available: {', '.join(PRESETS)}")
    return preset_body(name, config)
