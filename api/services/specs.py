"""Turns what a client asked for into a complete spec."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from api.http.errors import DatasetsUnavailable, InvalidRequest, NoArchitectureEpoch
from api.http.problem import BadField, to_pointer
from api.services.dataset_findings import check_usable
from api.services.datasets import Shelf
from pdarts_core.config import DEFAULT_PRESET, PRESETS, SearchConfig, StageConfig
from pdarts_core.config_fields import ConfigError
from store.catalogue import (
    DatasetInfo,
    DatasetUnavailableError,
    InvalidDatasetError,
    TooFewImagesError,
    UnknownDatasetError,
    check_size,
)
from store.datasets import FoundDataset
from store.job_spec import ConfigT, JobSpec

SpecT = TypeVar("SpecT", bound=JobSpec[Any])


@dataclass(frozen=True, kw_only=True)
class CompleteSpec:
    """A complete, valid spec."""

    spec: JobSpec[SearchConfig]
    found: FoundDataset
    """The data set that it names."""

    @property
    def dataset(self) -> DatasetInfo:
        """What is known of the data set."""
        return self.found.info

    @property
    def config(self) -> SearchConfig:
        """The search's numbers."""
        return self.spec.config

    @cached_property
    def document(self) -> dict[str, Any]:
        """The spec as it is stored and shown."""
        return self.spec.to_document()


def complete(request: Mapping[str, Any], shelf: Shelf) -> CompleteSpec:
    """Fill in the preset's values and check how all of them fit.

    Args:
        request: what the client sent.
        shelf: where its data set is.

    Raises:
        InvalidRequest: they do not fit each other or the data set, or there is no such data set.
        NoArchitectureEpoch: a stage trains no alphas, which the spec does not allow.
        DatasetsUnavailable: the data folder cannot be read.
    """
    spec = fill_in_preset(
        request, SearchConfig, PRESETS, DEFAULT_PRESET, spec=JobSpec[SearchConfig]
    )
    _check_architecture(spec.config)
    return CompleteSpec(spec=spec, found=find_images(spec, shelf))


def fill_in_preset(
    request: Mapping[str, Any],
    config: type[ConfigT],
    presets: Mapping[str, ConfigT],
    default_preset: str,
    *,
    spec: type[SpecT],
) -> SpecT:
    """Return the spec of any kind of job, with the preset's values for what the client left out.

    Args:
        request: what the client sent.
        config: the numbers of the kind.
        presets: named ones.
        default_preset: the one for a request that names none.
        spec: the kind's class of specs.

    Raises:
        InvalidRequest: the values do not fit each other.
    """
    asked = {"preset": default_preset, **request}
    preset = presets[asked["preset"]].to_dict()
    explicit = {
        name: _laid_over(preset[name], value) if name in preset else value
        for name, value in asked.items()
    }
    try:
        return spec.from_document(config, preset | explicit)
    except ConfigError as error:
        raise InvalidRequest.at(error.path, error.message) from error


def _laid_over(preset: Any, value: Any) -> Any:
    """Return a value; what the parts of a list leave out comes from the preset's parts."""
    if not isinstance(value, list):
        return value
    return [
        {**(preset[place] if place < len(preset) else {}), **part}
        for place, part in enumerate(value)
    ]


def _check_architecture(config: SearchConfig) -> None:
    """Refuse stages that train no alphas unless the spec allows them.

    Only new specs are checked: those of old rows may have such stages, and go on.
    """
    untrained = config.stages_without_architecture
    if not untrained or not config.train_architecture:
        return
    errors = [
        BadField(
            pointer=to_pointer(["stages", place, "warmup_epochs"]),
            detail=_without_architecture(place, config.stages[place]),
        )
        for place in untrained
    ]
    raise NoArchitectureEpoch(errors[0].detail, errors=errors)


def _without_architecture(place: int, stage: StageConfig) -> str:
    weights_only = f"warmup_epochs is {stage.warmup_epochs}, as many as the stage has epochs"
    return (
        f"{weights_only}: stage {place + 1} would train no alphas, and chance would decide what it "
        "drops; choose fewer, or say train_architecture: false if you want this"
    )


def find_images(spec: JobSpec[Any], shelf: Shelf) -> FoundDataset:
    """Return the data set that a spec names.

    Raises:
        InvalidRequest: there is none, or it cannot be a training set, as its check may have found.
        DatasetsUnavailable: the data folder cannot be read.
    """
    try:
        found = shelf.find(spec.dataset)
        check_size(found.info, spec.max_images)
    except TooFewImagesError as error:
        raise InvalidRequest.at(["max_images"], str(error)) from error
    except (UnknownDatasetError, InvalidDatasetError) as error:
        raise InvalidRequest.at(["dataset"], str(error)) from error
    except DatasetUnavailableError as error:
        raise DatasetsUnavailable(str(error)) from error
    check_usable(spec, found)
    return found
