"""What a checkpoint belongs to: the configuration and the images, however they are spelled.

The fingerprint is a sha256 of canonical JSON: names in order, whole numbers as whole numbers. A
field that is younger than this form carries, in its metadata as `before`, the value that stands
for what was computed before the field existed. It enters only where it has another value, so that
older checkpoints stay valid.
"""

import hashlib
import json
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from pdarts_core.config import SearchConfig
from pdarts_core.images.dataset import ImageDataset

_FIRST_FIELDS = (
    "seed",
    "batch_size",
    "init_channels",
    "stages",
    "learning_rate",
    "learning_rate_min",
    "momentum",
    "weight_decay",
    "arch_learning_rate",
    "arch_weight_decay",
    "grad_clip",
    "train_portion",
    "cutout",
    "cutout_length",
    "dropout_scale_factor",
    "max_skip_connects",
    "precision",
    "halve_batches",
)
_FIRST_STAGE_FIELDS = (
    "layers",
    "num_to_keep",
    "dropout_rate",
    "add_width",
    "epochs",
    "warmup_epochs",
)
"""The fields that existed when fingerprints were made from Python's own spelling, in that order."""


def fingerprint(config: SearchConfig, dataset: ImageDataset) -> str:
    """Return a sha256 that tells searches apart: of the configuration and of the data."""
    return digest_of({"config": canonical(config), "dataset": dataset.fingerprint()})


def digest_of(form: dict[str, Any]) -> str:
    """Return the sha256 of a form of JSON types, as canonical JSON."""
    text = json.dumps(form, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def first_fingerprint(config: SearchConfig, dataset: ImageDataset) -> str | None:
    """Return the fingerprint that checkpoints had at first.

    None if the configuration uses something that did not exist then.
    """
    if not _could_be_asked_at_first(config):
        return None
    values = asdict(config)
    first: dict[str, Any] = {name: values[name] for name in _FIRST_FIELDS}
    first["stages"] = tuple(
        {name: stage[name] for name in _FIRST_STAGE_FIELDS} for stage in values["stages"]
    )
    return hashlib.sha256(repr((first, dataset.fingerprint())).encode()).hexdigest()


def canonical(value: Any) -> Any:
    """Return a configuration, or a part of one, as JSON types that spell equal things alike."""
    if is_dataclass(value):
        return {
            item.name: canonical(getattr(value, item.name))
            for item in fields(value)
            if "before" not in item.metadata or getattr(value, item.name) != item.metadata["before"]
        }
    if isinstance(value, tuple | list):
        return [canonical(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _could_be_asked_at_first(config: SearchConfig) -> bool:
    stages = (canonical(stage) for stage in config.stages)
    return set(canonical(config)) == set(_FIRST_FIELDS) and all(
        set(stage) == set(_FIRST_STAGE_FIELDS) for stage in stages
    )
