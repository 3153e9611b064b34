"""A preset as clients see it."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType

from api.http.bodies import Body, described
from api.schemas.evaluation_specs import EvaluationConfigBody
from api.schemas.specs import SearchConfigBody
from pdarts_core.config import DEFAULT_PRESET, PRESETS
from pdarts_core.evaluation_config import DEFAULT_EVALUATION_PRESET, EVALUATION_PRESETS
from store.kinds import EVALUATION, SEARCH

_NAME = "Use it as `preset` in a spec"
_DEFAULT = "Whether it is used if a spec names none"
_SPEC = "What it sets"


class PresetBody(Body):
    """A named spec."""

    name: str = described(_NAME, examples=["quick"])
    default: bool = described(_DEFAULT)
    spec: SearchConfigBody = described(_SPEC)


class EvaluationPresetBody(Body):
    """A named recipe."""

    name: str = described(_NAME, examples=["quick"])
    default: bool = described(_DEFAULT)
    spec: EvaluationConfigBody = described(_SPEC)


AnyPresetBody = PresetBody | EvaluationPresetBody


class PresetKind(StrEnum):
    """The kinds of job that have presets."""

    SEARCH = SEARCH.name
    EVALUATION = EVALUATION.name


def _of_search(name: str) -> PresetBody:
    return PresetBody(name=name, default=name == DEFAULT_PRESET, spec=PRESETS[name].to_dict())


def _of_evaluation(name: str) -> EvaluationPresetBody:
    spec = EVALUATION_PRESETS[name].to_dict()
    return EvaluationPresetBody(name=name, default=name == DEFAULT_EVALUATION_PRESET, spec=spec)


_PRESETS: Mapping[PresetKind, tuple[Mapping[str, object], Callable[[str], AnyPresetBody]]] = (
    MappingProxyType(
        {
            PresetKind.SEARCH: (PRESETS, _of_search),
            PresetKind.EVALUATION: (EVALUATION_PRESETS, _of_evaluation),
        }
    )
)


def presets_of(kind: PresetKind) -> dict[str, AnyPresetBody]:
    """Return what clients are shown of a kind's presets, by their names."""
    names, body = _PRESETS[kind]
    return {name: body(name) for name in names}
