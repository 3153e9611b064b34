"""From what a client asked for to a complete spec."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.http.errors import DatasetsUnavailable, InvalidRequest
from api.schemas.specs import SearchRequest
from pdarts_core.config import PRESETS, ConfigError, SearchConfig
from store.catalogue import (
    DatasetInfo,
    DatasetUnavailableError,
    UnknownDatasetError,
    find_dataset,
)

_OUTSIDE_CONFIG = frozenset(
    {"dataset", "preset", "name", "metadata", "image_size", "max_images", "device", "priority"}
)
_WITHOUT_EFFECT = frozenset({"preset", "name", "metadata", "priority"})
"""What says nothing of the search itself, and so is no part of its digest."""
_LEAST_CLASSES = 2
_LEAST_IMAGES_PER_CLASS = 2


@dataclass(frozen=True, kw_only=True)
class CompleteSpec:
    """A spec that can be searched with."""

    config: SearchConfig
    dataset: DatasetInfo
    document: dict[str, Any]
    """As it is stored and shown: flat, every default filled in."""

    @property
    def sha256(self) -> str:
        """Digest of what decides the search's course (hexadecimal)."""
        decisive = {
            name: value for name, value in self.document.items() if name not in _WITHOUT_EFFECT
        }
        canonical = json.dumps(decisive, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def complete(request: SearchRequest, data_dir: Path) -> CompleteSpec:
    """Fill in the preset's values and check how all of them fit.

    Raises:
        InvalidRequest: they do not fit each other or the data set, or there is no such data set.
        DatasetsUnavailable: the data folder cannot be read.
    """
    config = _config(request)
    dataset = _dataset(request, data_dir)
    outside = request.model_dump(include=set(_OUTSIDE_CONFIG))
    return CompleteSpec(config=config, dataset=dataset, document=outside | config.to_dict())


def _config(request: SearchRequest) -> SearchConfig:
    preset = PRESETS[request.preset].to_dict()
    explicit = request.model_dump(exclude=set(_OUTSIDE_CONFIG), exclude_unset=True)
    if "stages" in explicit:
        explicit["stages"] = [
            _stage_of(preset["stages"], place) | stage
            for place, stage in enumerate(explicit["stages"])
        ]
    try:
        return SearchConfig.from_dict(preset | explicit)
    except ConfigError as error:
        raise InvalidRequest.at(error.path, error.message) from error


def _stage_of(stages: list[dict[str, Any]], place: int) -> dict[str, Any]:
    return stages[place] if place < len(stages) else {}


def _dataset(request: SearchRequest, data_dir: Path) -> DatasetInfo:
    try:
        dataset = find_dataset(data_dir, request.dataset)
    except UnknownDatasetError as error:
        raise InvalidRequest.at(["dataset"], str(error)) from error
    except DatasetUnavailableError as error:
        raise DatasetsUnavailable(str(error)) from error
    if dataset.classes < _LEAST_CLASSES:
        raise InvalidRequest.at(
            ["dataset"], "the data set has one class; a search tells some apart"
        )
    least = _LEAST_IMAGES_PER_CLASS * dataset.classes
    if request.max_images is not None and request.max_images < least:
        raise InvalidRequest.at(
            ["max_images"],
            f"the data set has {dataset.classes} classes and needs at least "
            f"{_LEAST_IMAGES_PER_CLASS} images of each: {least}",
        )
    return dataset
