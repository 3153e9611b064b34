"""Settings that a command names once, for every stage of a spec."""

from collections.abc import Mapping
from typing import Any

from cli.connection import connected


def set_in_every_stage(spec: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the spec with these values in each of its stages, or else of its preset's.

    What is None is not set. Stages or a preset that the service would refuse stay as they are.
    """
    wanted = {field: value for field, value in values.items() if value is not None}
    if not wanted:
        return dict(spec)
    stages = spec["stages"] if "stages" in spec else _preset_stages(spec.get("preset"))
    if not isinstance(stages, list) or not all(isinstance(stage, dict) for stage in stages):
        return dict(spec)
    return {**spec, "stages": [{**stage, **wanted} for stage in stages]}


def _preset_stages(preset: Any) -> list[dict[str, Any]] | None:
    """Return a stage that leaves everything to the preset, for each of its stages."""
    with connected() as client:
        for known in client.list_presets():
            if known.name == preset or (preset is None and known.default):
                return [{} for _ in known.spec.stages]
    return None
