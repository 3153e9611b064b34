"""What clients ask an evaluation to do, and the complete form of it."""

from typing import Annotated, Any

from fastapi.openapi.models import Example

from api.schemas.derived import Shaped, answer_type, request_type
from api.schemas.jobs import JobPatch
from api.schemas.specs import with_presets
from pdarts_core.evaluation_config import (
    DEFAULT_EVALUATION_PRESET,
    EVALUATION_PRESETS,
    EvaluationConfig,
)
from store.evaluation_spec import EvaluationSpec
from store.job_spec import fields_of, spec_fields

_FIELDS = spec_fields(EvaluationConfig, EvaluationSpec)
EvaluationRequest = Annotated[
    dict[str, Any],
    Shaped(
        request_type(
            "EvaluationRequest",
            "The spec of an evaluation: a data set, and one of `genotype`, `search` and "
            "`genotype_document`. What else you leave out comes from the preset.",
            with_presets(_FIELDS, EVALUATION_PRESETS, DEFAULT_EVALUATION_PRESET),
            required=frozenset({"dataset"}),
        )
    ),
]
"""What a client sends, no more: it holds only the fields that were sent."""
EvaluationSpecBody = Annotated[
    dict[str, Any],
    Shaped(
        answer_type("EvaluationSpec", "A complete spec, with every default filled in.", _FIELDS)
    ),
]
EvaluationConfigBody = Annotated[
    dict[str, Any],
    Shaped(
        answer_type(
            "EvaluationConfigBody",
            "What a preset of evaluations sets.",
            fields_of(EvaluationConfig),
        )
    ),
]


class EvaluationPatch(JobPatch):
    """What you can change about an evaluation: a JSON merge patch (RFC 7396)."""


_ID = "06dn5q2s3o8mhf2v0c1k7t4b9g"
EXAMPLE_EVALUATIONS: dict[str, Example] = {
    "quick": {
        "summary": "What a search recommends, in minutes on a CPU",
        "value": {"search": f"srch_{_ID}", "dataset": "digits", "preset": "quick"},
    },
    "paper": {
        "summary": "A genotype, as the paper evaluates it on CIFAR-10",
        "value": {
            "genotype": f"gt_{_ID}",
            "dataset": "cifar10",
            "preset": "paper-cifar10",
            "name": "the paper's recipe",
        },
    },
    "own recipe": {
        "summary": "A smaller network on a folder of images",
        "value": {
            "search": f"srch_{_ID}",
            "max_skip_connects": 4,
            "dataset": "flowers",
            "preset": "short",
            "image_size": 64,
            "init_channels": 16,
            "epochs": 50,
            "metadata": {"ticket": 1234},
        },
    },
}
