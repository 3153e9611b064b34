"""The named specs."""

from fastapi import APIRouter

from api.dependencies import CallerDep
from api.schemas.base import Page
from api.schemas.presets import PresetBody, preset_body
from pdarts_core.config import PRESETS

router = APIRouter(prefix="/presets", tags=["catalogue"])


@router.get("")
def list_presets(_: CallerDep) -> Page[PresetBody]:
    """List the presets, from which a spec takes what it leaves out."""
    return Page(data=[preset_body(name, config) for name, config in PRESETS.items()])
