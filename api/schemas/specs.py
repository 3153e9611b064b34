"""What clients ask a search to do, and the complete form of it."""

from typing import Annotated, Any, Literal

from fastapi.openapi.models import Example
from pydantic import AfterValidator, Field, JsonValue

from api.http.bodies import Body, Input, described
from api.schemas.metadata import check_metadata
from api.schemas.numbers import WHOLE, Integer, Real, bounded
from pdarts_core.config import DEFAULT_PRESET, MAX_STAGES, PRESETS, Precision, SearchConfig
from pdarts_core.config import StageConfig as Stage
from store.catalogue import LONGEST_NAME as LONGEST_DATASET_NAME

Device = Literal["auto", "cpu", "cuda"]
LONGEST_NAME = 200
DEFAULT_PRIORITY = 0


def _known_preset(name: str) -> str:
    if name not in PRESETS:
        raise ValueError(f"there is no such preset; there are {', '.join(PRESETS)}")
    return name


PresetName = Annotated[
    str, AfterValidator(_known_preset), Field(json_schema_extra={"enum": list(PRESETS)})
]
Priority = Annotated[int, Field(ge=-100, le=100), WHOLE]
Metadata = Annotated[dict[str, JsonValue], AfterValidator(check_metadata)]


class StageRequest(Input):
    """One search phase. What is left out is taken from the same stage of the preset."""

    layers: Integer = bounded(Stage, "layers", "Cells of the network; two are reduction cells")
    num_to_keep: Integer = bounded(
        Stage,
        "num_to_keep",
        "Operations that stay on each edge after the stage; fewer in each, 1 after the last",
    )
    dropout_rate: Real = bounded(
        Stage, "dropout_rate", "Where the dropout on skip-connects starts: a probability"
    )
    add_width: Integer = bounded(Stage, "add_width", "Channels on top of `init_channels`")
    epochs: Integer = bounded(Stage, "epochs", "Passes over the training images")
    warmup_epochs: Integer = bounded(
        Stage, "warmup_epochs", "The epochs at the start in which only weights are trained"
    )


class SearchRequest(Input):
    """The spec of a search. What is left out is taken from the preset."""

    dataset: str = described(
        "Name of a data set, as GET /datasets lists them",
        min_length=1,
        max_length=LONGEST_DATASET_NAME,
        examples=["digits", "cifar10"],
    )
    preset: PresetName = described("Where defaults come from", default=DEFAULT_PRESET)
    name: str | None = described(
        "A name for people; need not be unique", default=None, min_length=1, max_length=LONGEST_NAME
    )
    metadata: Metadata = described(
        "Your own JSON object, returned as it was sent", default_factory=dict
    )
    image_size: Annotated[int, Field(ge=8, le=512), WHOLE] | None = described(
        "Side of the square images in pixels; null: as they are", default=None
    )
    max_images: Annotated[int, Field(ge=4, le=10_000_000), WHOLE] | None = described(
        "At most so many training images, as many of each class; null takes all", default=None
    )
    device: Device = described("Where to search; `auto` takes what the worker has", default="auto")
    priority: Priority = described("Higher runs first", default=DEFAULT_PRIORITY)
    seed: Integer = bounded(SearchConfig, "seed", "Start of every random generator")
    batch_size: Integer = bounded(
        SearchConfig, "batch_size", "Images of one step, for weights and again for alphas"
    )
    init_channels: Integer = bounded(SearchConfig, "init_channels", "Channels of the first cell")
    stages: list[StageRequest] = described(
        "The search phases in their order",
        default_factory=lambda: [_as_request(stage) for stage in SearchConfig().stages],
        min_length=1,
        max_length=MAX_STAGES,
    )
    learning_rate: Real = bounded(
        SearchConfig, "learning_rate", "Of the weights, at the start; falls as a cosine"
    )
    learning_rate_min: Real = bounded(
        SearchConfig, "learning_rate_min", "Of the weights, at the end"
    )
    momentum: Real = bounded(SearchConfig, "momentum", "Of SGD on the weights")
    weight_decay: Real = bounded(SearchConfig, "weight_decay", "Of the weights")
    arch_learning_rate: Real = bounded(SearchConfig, "arch_learning_rate", "Of Adam on the alphas")
    arch_weight_decay: Real = bounded(SearchConfig, "arch_weight_decay", "Of the alphas")
    grad_clip: Real = bounded(SearchConfig, "grad_clip", "Largest norm of the gradients")
    train_portion: Real = bounded(
        SearchConfig, "train_portion", "Share of the images that trains weights; the rest, alphas"
    )
    cutout: bool = described("Blank a square in each training image", default=SearchConfig.cutout)
    cutout_length: Integer = bounded(SearchConfig, "cutout_length", "Side of the square in pixels")
    dropout_scale_factor: Real = bounded(
        SearchConfig,
        "dropout_scale_factor",
        "How fast dropout decays in the architecture epochs: rate·exp(−factor·epoch)",
    )
    max_skip_connects: Integer = bounded(
        SearchConfig,
        "max_skip_connects",
        "Skip-connects in the normal cell of the recommended genotype, at most",
    )
    precision: Precision = described(
        "Of the arithmetic; `auto` is float32", default=SearchConfig.precision
    )
    halve_batches: bool = described(
        "Where a stage runs out of memory, begin it again with each batch in twice as many parts",
        default=SearchConfig.halve_batches,
    )


class SearchPatch(Input):
    """What can be changed of a search; a JSON merge patch (RFC 7396): null takes a value away."""

    name: str | None = described(
        "A name for people", default=None, min_length=1, max_length=LONGEST_NAME
    )
    metadata: Metadata | None = described(
        "Laid over the metadata, member by member; a member that is null is taken out",
        default=None,
    )
    priority: Priority | None = described(
        f"Higher runs first; null: {DEFAULT_PRIORITY}. Only until the search has ended",
        default=None,
    )


def _as_request(stage: Stage) -> StageRequest:
    return StageRequest.model_construct(**vars(stage))


class StageSpec(Body):
    """One search phase of a complete spec; the fields are described in StageRequest."""

    layers: int
    num_to_keep: int
    dropout_rate: float
    add_width: int
    epochs: int
    warmup_epochs: int


class SearchSpec(Body):
    """A complete spec, every default filled in; the fields are described in SearchRequest."""

    dataset: str
    preset: str
    name: str | None
    metadata: dict[str, Any]
    image_size: int | None
    max_images: int | None
    device: Device
    priority: int
    seed: int
    batch_size: int
    init_channels: int
    stages: list[StageSpec]
    learning_rate: float
    learning_rate_min: float
    momentum: float
    weight_decay: float
    arch_learning_rate: float
    arch_weight_decay: float
    grad_clip: float
    train_portion: float
    cutout: bool
    cutout_length: int
    dropout_scale_factor: float
    max_skip_connects: int
    precision: Precision
    halve_batches: bool


EXAMPLE_REQUESTS: dict[str, Example] = {
    "quick": {
        "summary": "Minutes on a CPU",
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
