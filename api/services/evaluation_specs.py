"""Turns what a client asked an evaluation for into a complete spec, and finds its genotype."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from api.http.errors import InvalidRequest, NotFound
from api.resources.security import Caller
from api.services import genotypes, searches
from api.services.datasets import Shelf
from api.services.specs import fill_in_preset, find_images
from pdarts_core.estimates.network_size import NetworkShape
from pdarts_core.evaluation_config import (
    DEFAULT_EVALUATION_PRESET,
    EVALUATION_PRESETS,
    EvaluationConfig,
)
from pdarts_core.genotype import Genotype, from_dict, to_dict
from store.catalogue import DatasetInfo, InvalidDatasetError, count_test_images, has_test_images
from store.datasets import FoundDataset
from store.evaluation_spec import SOURCES, EvaluationSpec


@dataclass(frozen=True, kw_only=True)
class CompleteEvaluation:
    """A complete, valid spec; its genotype has yet to be found."""

    spec: EvaluationSpec[EvaluationConfig]
    found: FoundDataset
    """The data set that it names."""
    test_images: int | None
    """None where counting them would take long."""
    has_test_images: bool

    @property
    def dataset(self) -> DatasetInfo:
        """What is known of the data set."""
        return self.found.info

    @cached_property
    def document(self) -> dict[str, Any]:
        """The spec as it is stored and shown."""
        return self.spec.to_document()


@dataclass(frozen=True, kw_only=True)
class Source:
    """A genotype, and where it comes from."""

    genotype: Genotype
    genotype_id: str | None
    search_id: str | None
    verdict: str | None = None
    """Of that search's signal; None where it has none."""


def complete_evaluation(
    request: Mapping[str, Any], sent: Genotype | None, shelf: Shelf
) -> CompleteEvaluation:
    """Fill in the preset's values and check how all of them fit.

    Args:
        request: what the client sent.
        sent: the genotype in it, if there is one.
        shelf: where its data set is.

    Raises:
        InvalidRequest: they do not fit each other or the data set, or there is no such data set.
        DatasetsUnavailable: the data folder cannot be read.
    """
    _check_sources(request)
    spec = fill_in_preset(
        request,
        EvaluationConfig,
        EVALUATION_PRESETS,
        DEFAULT_EVALUATION_PRESET,
        spec=EvaluationSpec[EvaluationConfig],
    )
    if spec.config.epochs == 0 and spec.weights is None:
        detail = (
            "with `epochs` 0, an evaluation only tests weights: name `weights`, or train for at "
            "least 1 epoch"
        )
        raise InvalidRequest.at(["epochs"], detail)
    found = find_images(spec, shelf)
    _check_crop(spec, found.info)
    has_test = _check_test_images(spec, found.info, shelf.data_dir)
    cells = None if sent is None else to_dict(sent)
    return CompleteEvaluation(
        spec=replace(spec, genotype_document=cells),
        found=found,
        test_images=count_test_images(shelf.data_dir, found.info),
        has_test_images=has_test,
    )


def find_source(session: Session, caller: Caller, spec: EvaluationSpec[EvaluationConfig]) -> Source:
    """Return the genotype that a spec names.

    Raises:
        InvalidRequest: the caller has no such genotype or search.
        NoGenotypeYet, NoGenotype: the search has none.
    """
    if spec.genotype_document is not None:
        cells = from_dict(spec.genotype_document)
        return Source(genotype=cells, genotype_id=None, search_id=None)
    field = "search" if spec.genotype is None else "genotype"
    try:
        if spec.genotype is not None:
            row = genotypes.find_own(session, caller, spec.genotype).row
        else:
            search = searches.find(session, caller, spec.search or "")
            row = genotypes.choose_genotype(session, search, spec.max_skip_connects)
    except NotFound as error:
        raise InvalidRequest.at([field], error.detail) from error
    return Source(
        genotype=from_dict(row.genotype),
        genotype_id=row.id,
        search_id=row.search_id,
        verdict=None if row.signal is None else row.signal["verdict"],
    )


def network_shape(complete: CompleteEvaluation) -> NetworkShape | None:
    """Return the shape of the network, without its auxiliary head; None if that is not known."""
    config = complete.spec.config
    side = config.crop_size or _shorter_side(complete.spec, complete.dataset)
    if not side:
        return None
    return NetworkShape(
        layers=config.layers,
        init_channels=config.init_channels,
        image_size=side,
        num_classes=complete.dataset.classes,
        stem=config.stem,
    )


def _shorter_side(spec: EvaluationSpec[EvaluationConfig], dataset: DatasetInfo) -> int | None:
    """Return the pixels of the images' shorter side; None if their size is not known."""
    return spec.image_size or (dataset.image_size and min(dataset.image_size))


def _check_crop(spec: EvaluationSpec[EvaluationConfig], dataset: DatasetInfo) -> None:
    """Refuse windows that are larger than the images."""
    side = _shorter_side(spec, dataset)
    crop = spec.config.crop_size
    if side and crop > side:
        detail = (
            f"the network sees {crop}×{crop} pixels (crop_size), and the images have only {side}: "
            f"resize them to more than {crop} with image_size, or set a smaller crop_size"
        )
        raise InvalidRequest.at(["image_size"], detail)


def _check_sources(request: Mapping[str, Any]) -> None:
    """Refuse a spec unless it names one genotype."""
    named = [name for name in SOURCES if request.get(name) is not None]
    if not named:
        raise InvalidRequest.at([], f"name a genotype: one of {', '.join(SOURCES)}")
    if len(named) > 1:
        raise InvalidRequest.at([named[1]], f"there is a {named[0]} already; name one genotype")
    if request.get("max_skip_connects") is not None and named != ["search"]:
        detail = "a skip limit chooses one of a search's genotypes; it goes with `search`"
        raise InvalidRequest.at(["max_skip_connects"], detail)


def _check_test_images(
    spec: EvaluationSpec[EvaluationConfig], dataset: DatasetInfo, data_dir: Path
) -> bool:
    """Tell whether there is a test set; refuse what nothing would be left to measure on."""
    try:
        has_test = has_test_images(data_dir, dataset)
    except InvalidDatasetError as error:
        raise InvalidRequest.at(["dataset"], str(error)) from error
    if not has_test and spec.config.valid_portion == 0:
        detail = (
            f"data set {dataset.name!r} has no test images, so some of the training images must "
            "be held out for the result: choose a valid_portion above 0"
        )
        raise InvalidRequest.at(["valid_portion"], detail)
    return has_test
