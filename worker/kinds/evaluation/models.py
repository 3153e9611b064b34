"""The weights that an evaluation ends with, as files of the artifact store."""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping

from torch import Tensor

from pdarts_core.export import save_weights
from pdarts_core.recipe.events import EvaluationFinished
from store.artifacts import ArtifactStore
from store.model_files import SUFFIXES, ModelFile, ModelFormat, Which, model_folder, model_key
from worker.checkpoints import patiently

logger = logging.getLogger(__name__)

Weights = Mapping[str, Tensor]


def store_models(
    artifacts: ArtifactStore, evaluation_id: str, event: EvaluationFinished
) -> list[ModelFile]:
    """Write the weights in every format.

    Raises:
        OSError: the store is full, or refuses.
    """
    return [
        _store(artifacts, evaluation_id, which, form, save_weights(weights, form=form))
        for which, weights in _weights_of(event)
        for form in SUFFIXES
    ]


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
    model_format: ModelFormat,
    data: bytes,
) -> ModelFile:
    sha256 = hashlib.sha256(data).hexdigest()
    key = model_key(evaluation_id, which, model_format, sha256)
    patiently(artifacts.put)(key, data)
    return ModelFile(which=which, format=model_format, key=key, sha256=sha256, bytes=len(data))
