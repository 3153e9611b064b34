"""The weights that an evaluation ends with, as files of the artifact store."""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tenacity import retry_if_exception_type
from torch import Tensor

from pdarts_core.evaluation_config import EvaluationConfig
from pdarts_core.export import Model, export_python, save_weights
from pdarts_core.genotype import Genotype
from pdarts_core.images.dataset import ImageDataset
from pdarts_core.recipe.events import EvaluationFinished
from store.artifacts import ArtifactStore, ArtifactsUnreachable
from store.model_files import ModelFile, StoredFormat, Which, model_folder, model_key
from worker.checkpoints import PATIENCE

logger = logging.getLogger(__name__)

Weights = Mapping[str, Tensor]


@dataclass(frozen=True, kw_only=True)
class Exporter:
    """Makes files of a network that was trained as the recipe says."""

    genotype: Genotype
    recipe: EvaluationConfig
    train: ImageDataset
    """What it was trained on: what a program must know to read its images the same way."""

    def export(self, weights: Weights) -> Iterator[tuple[StoredFormat, bytes]]:
        """Yield a file in every format."""
        height, width = self.train.images.shape[2:]
        model = Model(
            genotype=self.genotype,
            recipe=self.recipe,
            weights=weights,
            class_names=self.train.class_names,
            mean=self.train.mean,
            std=self.train.std,
            height=height,
            width=width,
        )
        yield "safetensors", save_weights(weights, form="safetensors")
        yield "torch", save_weights(weights, form="torch")
        yield "python", export_python(model).encode()


def store_models(
    artifacts: ArtifactStore, evaluation_id: str, exporter: Exporter, event: EvaluationFinished
) -> list[ModelFile]:
    """Write the network in every format.

    Raises:
        ArtifactsUnreachable: the store is full, or refuses.
    """
    return [
        _store(artifacts, evaluation_id, which, model_format, data)
        for which, weights in _weights_of(event)
        for model_format, data in exporter.export(weights)
    ]


def put_patiently(artifacts: ArtifactStore, key: str, data: bytes) -> None:
    """Write a file that an evaluation ends with. A full disk may have room again a moment later.

    Raises:
        ArtifactsUnreachable: it has not; hours of training are not given up for that.
    """
    try:
        PATIENCE.copy(retry=retry_if_exception_type(OSError))(artifacts.put, key, data)
    except ArtifactsUnreachable:
        raise
    except OSError as error:
        raise ArtifactsUnreachable(str(error)) from error


def delete_other_models(
    artifacts: ArtifactStore, evaluation_id: str, kept: Iterable[ModelFile]
) -> None:
    """Delete what attempts wrote that died before their end."""
    keys = {file.key for file in kept}
    try:
        for key in artifacts.keys(model_folder(evaluation_id)):
            if key not in keys:
                artifacts.delete(key)
    except OSError as error:
        logger.warning("could not delete files that nothing needs: %s", error)


def _weights_of(event: EvaluationFinished) -> Iterator[tuple[Which, Weights]]:
    yield "last", event.weights
    if event.best_weights is not None:
        yield "best", event.best_weights


def _store(
    artifacts: ArtifactStore,
    evaluation_id: str,
    which: Which,
    model_format: StoredFormat,
    data: bytes,
) -> ModelFile:
    sha256 = hashlib.sha256(data).hexdigest()
    key = model_key(evaluation_id, which, model_format, sha256)
    put_patiently(artifacts, key, data)
    return ModelFile(which=which, format=model_format, key=key, sha256=sha256, bytes=len(data))
