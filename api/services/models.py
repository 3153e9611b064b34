"""The networks that evaluations ended with: what is stored of them, and the forms made of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import safetensors.numpy
from sqlalchemy.orm import Session

from api.http.errors import ArtifactsUnavailable, ModelDamaged, NotFound
from api.services.evaluations import need_result
from pdarts_core.evaluation_config import EvaluationConfig
from pdarts_core.forms.description import ModelDescription
from pdarts_core.forms.layouts import publish_safetensors, publish_torch_file
from pdarts_core.forms.onnx_file import LARGEST_FILE, write_onnx
from pdarts_core.genotype import from_dict
from store.artifacts import ArtifactError, ArtifactStore, ArtifactsUnreachable
from store.evaluation_spec import EvaluationSpec
from store.loaded_images import loaded_images
from store.model_files import (
    FileFormat,
    ModelFile,
    ModelLayout,
    OnnxPixels,
    StoredFormat,
    Which,
    sheet_key,
)
from store.tables import Evaluation


@dataclass(frozen=True, kw_only=True)
class TrainedModel:
    """A network that an evaluation trained, and the files that hold it."""

    which: Which
    description: ModelDescription
    files: Mapping[StoredFormat, ModelFile]

    @property
    def fits_onnx(self) -> bool:
        """Tell whether an ONNX file can hold its weights."""
        return self.files["safetensors"].bytes <= LARGEST_FILE


def find_model(session: Session, evaluation: Evaluation, which: Which) -> TrainedModel:
    """Return what is known about a network of an evaluation.

    Args:
        session: that reads.
        evaluation: with its details.
        which: of its networks.

    Raises:
        NoResultYet, NoResult: the evaluation has no model.
        NotFound: it held no images out, so that no epoch is the best one.
    """
    need_result(evaluation)
    files = map(ModelFile.from_row, evaluation.models or [])
    found = {file.format: file for file in files if file.which == which}
    if not found:
        raise NotFound(
            f"there are no weights of the {which} epoch; the best one is chosen on held-out "
            "images (valid_portion)"
        )
    return TrainedModel(which=which, description=_describe(session, evaluation), files=found)


def make_form(
    artifacts: ArtifactStore,
    model: TrainedModel,
    wanted: FileFormat,
    layout: ModelLayout = "project",
    pixels: OnnxPixels = "uint8",
) -> bytes:
    """Return a network in a format: as it was written, or made of what was written.

    Raises:
        ModelDamaged: its file is missing, or something else.
        ArtifactsUnavailable: the store does not answer.
        NotFound: it has no such form.
    """
    if wanted == "onnx":
        if not model.fits_onnx:
            raise NotFound("an ONNX file holds up to 2 GiB, and this network has more weights")
        weights = safetensors.numpy.load(_read(artifacts, model.files["safetensors"]))
        return write_onnx(model.description, weights, pixels=pixels)
    data = _read(artifacts, model.files[wanted])
    if layout == "published":
        return (publish_torch_file if wanted == "torch" else publish_safetensors)(data)
    return data


def find_sheet(evaluation: Evaluation) -> str:
    """Return the sha256 of the picture with the images that the network was wrong about.

    Raises:
        NoResultYet, NoResult: the evaluation has not come to its end.
        NotFound: it was right about all images, or ended before such pictures were drawn.
    """
    need_result(evaluation)
    sha256: str | None = (evaluation.details or {}).get("wrong_sheet")
    if sha256 is None:
        raise NotFound("there is no picture of images that the network was wrong about")
    return sha256


def read_sheet(artifacts: ArtifactStore, evaluation_id: str, sha256: str) -> bytes:
    """Return that picture, a PNG.

    Raises:
        ModelDamaged: its file is missing, or something else.
        ArtifactsUnavailable: the store does not answer.
    """
    return _get(artifacts, sheet_key(evaluation_id, sha256), sha256)


def _read(artifacts: ArtifactStore, file: ModelFile) -> bytes:
    return _get(artifacts, file.key, file.sha256)


def _get(artifacts: ArtifactStore, key: str, sha256: str) -> bytes:
    try:
        return artifacts.get(key, sha256=sha256)
    except ArtifactError as error:
        raise ModelDamaged(
            "the stored file is missing, or is not what was written; restore it from a backup of "
            "the artifacts, or run the evaluation again"
        ) from error
    except ArtifactsUnreachable as error:
        raise ArtifactsUnavailable.silent() from error


def _describe(session: Session, evaluation: Evaluation) -> ModelDescription:
    images = images_of(session, evaluation.id)
    classes = (evaluation.details or {})["classes"]
    return ModelDescription(
        genotype=from_dict(evaluation.genotype),
        recipe=EvaluationSpec.from_row(EvaluationConfig, evaluation.job.spec).config,
        class_names=tuple(one["name"] for one in classes),
        mean=tuple(images["mean"]),
        std=tuple(images["std"]),
        height=images["height"],
        width=images["width"],
    )


def images_of(session: Session, evaluation_id: str) -> Mapping[str, Any]:
    """Return what the attempt that came to the end said of its training images."""
    told = loaded_images(session, evaluation_id)
    if told is None:
        raise ModelDamaged("its history does not say how its images were normalised")
    return told
