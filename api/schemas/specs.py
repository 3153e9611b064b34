"""What clients ask a search to do, and the complete form of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi.openapi.models import Example

from api.schemas.derived import Shaped, answer_type, request_type
from api.schemas.jobs import JobPatch
from pdarts_core.config import DEFAULT_PRESET, PRESETS, SearchConfig
from store.job_spec import SpecField, fields_of, spec_fields


def with_presets(
    spec: list[SpecField], presets: Mapping[str, Any], default: str
) -> list[SpecField]:
    """Return the fields, `preset` being one of these; `default` where none is named."""

    def check(name: str) -> str:
        if name not in presets:
            raise ValueError(f"unknown preset; known presets: {', '.join(presets)}")
        return name

    (preset,) = (field for field in spec if field.name == "preset")
    words = {
        "description": f"{preset.about['description']}; `{default}` if you name none",
        "choices": list(presets),
        "check": check,
    }
    known = replace(preset, about={**preset.about, **words})
    return [known if field is preset else field for field in spec]


_FIELDS = spec_fields(SearchConfig)
SearchRequest = Annotated[
    dict[str, Any],
    Shaped(
        request_type(
            "SearchRequest",
            "The spec of a search. What you leave out comes from the preset.",
            with_presets(_FIELDS, PRESETS, DEFAULT_PRESET),
            required=frozenset({"dataset"}),
        )
    ),
]
"""What a client sends, no more: it holds only the fields that were sent."""
SearchSpecBody = Annotated[
    dict[str, Any],
    Shaped(answer_type("SearchSpec", "A complete spec, with every default filled in.", _FIELDS)),
]
SearchConfigBody = Annotated[
    dict[str, Any],
    Shaped(answer_type("SearchConfigBody", "What a preset sets.", fields_of(SearchConfig))),
]


class SearchPatch(JobPatch):
    """What you can change about a search: a JSON merge patch (RFC 7396); null removes a value."""


EXAMPLE_REQUESTS: dict[str, Example] = {
    "quick": {
        "summary": "About a minute on a CPU",
        "value": {"dataset": "digits", "preset": "quick"},
    },
    "paper": {
        "summary": "As the paper searches on CIFAR-10",
        "value": {
            "dataset": "cifar10",
            "preset": "paper-cifar10",
            "name": "paper, seed 7",
            "seed": 7,
        },
    },
    "own stages": {
        "summary": "Two short stages on a folder of images",
        "value": {
            "dataset": "flowers",
            "image_size": 32,
            "max_images": 5000,
            "batch_size": 64,
            "stages": [
                {"layers": 5, "num_to_keep": 4, "epochs": 15, "warmup_epochs": 5},
                {"layers": 8, "num_to_keep": 1, "epochs": 15, "warmup_epochs": 5},
            ],
            "metadata": {"ticket": 1234},
        },
    },
}
