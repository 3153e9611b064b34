"""What jobs are asked to do: as it is sent, and complete as the service answers it.

Made from the fields of specs and configs by `python -m tests.generate_client_types`.
"""

from typing import Any, TypedDict

from cli.client.model import Model


class StageFields(TypedDict, total=False):
    """A stage as it is sent; what is left out comes from the same stage of the preset."""

    layers: int
    num_to_keep: int
    dropout_rate: float
    add_width: int
    epochs: int
    warmup_epochs: int


class SpecFields(TypedDict, total=False):
    """A spec as it is sent; what is left out comes from the preset."""

    dataset: str
    preset: str
    name: str | None
    metadata: dict[str, Any]
    image_size: int | None
    max_images: int | None
    skip_invalid: bool
    device: str
    device_count: int
    priority: int
    seed: int
    batch_size: int
    init_channels: int
    stages: list[StageFields]
    learning_rate: float
    learning_rate_min: float
    momentum: float
    weight_decay: float
    arch_learning_rate: float
    arch_weight_decay: float
    grad_clip: float
    train_portion: float
    crop_padding: int | None
    flip: bool
    cutout: bool
    cutout_length: int
    dropout_scale_factor: float
    max_skip_connects: int
    precision: str
    halve_batches: bool
    train_architecture: bool
    stop_on_collapse: bool


class StageSpec(Model):
    """A stage of a complete spec."""

    layers: int
    num_to_keep: int
    dropout_rate: float
    add_width: int
    epochs: int
    warmup_epochs: int


class SearchConfig(Model):
    """What a preset sets."""

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
    crop_padding: int | None = 4
    flip: bool = True
    cutout: bool
    cutout_length: int
    dropout_scale_factor: float
    max_skip_connects: int
    precision: str
    halve_batches: bool
    train_architecture: bool = True
    stop_on_collapse: bool = False


class Spec(SearchConfig):
    """A complete spec."""

    dataset: str
    preset: str = ""
    name: str | None = None
    metadata: dict[str, Any]
    image_size: int | None = None
    max_images: int | None = None
    skip_invalid: bool = False
    device: str
    device_count: int = 1
    priority: int


class EvaluationFields(TypedDict, total=False):
    """An evaluation's spec as it is sent; what is left out comes from the preset."""

    dataset: str
    preset: str
    name: str | None
    metadata: dict[str, Any]
    image_size: int | None
    max_images: int | None
    skip_invalid: bool
    device: str
    device_count: int
    priority: int
    genotype: str | None
    search: str | None
    max_skip_connects: int | None
    genotype_document: dict[str, Any] | None
    weights: str | None
    seed: int
    epochs: int
    batch_size: int
    init_channels: int
    layers: int
    stem: str
    learning_rate: float
    schedule: str
    warmup_epochs: int
    momentum: float
    weight_decay: float
    grad_clip: float
    auxiliary_weight: float
    drop_path_prob: float
    label_smoothing: float
    augmentation: str
    crop_padding: int | None
    flip: bool
    crop_size: int
    color_jitter: float
    cutout: bool
    cutout_length: int
    mixup: float
    valid_portion: float
    precision: str
    halve_batches: bool


class EvaluationConfig(Model):
    """What a preset of evaluations sets."""

    seed: int
    epochs: int
    batch_size: int
    init_channels: int
    layers: int
    stem: str
    learning_rate: float
    schedule: str
    warmup_epochs: int
    momentum: float
    weight_decay: float
    grad_clip: float
    auxiliary_weight: float
    drop_path_prob: float
    label_smoothing: float
    augmentation: str
    crop_padding: int | None = None
    flip: bool
    crop_size: int
    color_jitter: float
    cutout: bool
    cutout_length: int
    mixup: float
    valid_portion: float
    precision: str
    halve_batches: bool


class EvaluationSpec(EvaluationConfig):
    """A complete spec of an evaluation."""

    dataset: str
    preset: str = ""
    name: str | None = None
    metadata: dict[str, Any]
    image_size: int | None = None
    max_images: int | None = None
    skip_invalid: bool = False
    device: str
    device_count: int = 1
    priority: int
    genotype: str | None = None
    search: str | None = None
    max_skip_connects: int | None = None
    genotype_document: dict[str, Any] | None = None
    weights: str | None = None
