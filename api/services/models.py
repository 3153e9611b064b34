"""The files with the weights that evaluations ended with."""

from api.http.errors import ArtifactsUnavailable, ModelDamaged, NotFound
from api.services.evaluations import need_result
from store.artifacts import ArtifactError, ArtifactStore, ArtifactsUnreachable
from store.model_files import ModelFile, ModelFormat, Which
from store.tables import Evaluation


def find_model(evaluation: Evaluation, model_format: ModelFormat, which: Which) -> ModelFile:
    """Return what is known about a file of an evaluation.

    Raises:
        NoResultYet, NoResult: the evaluation has no model.
        NotFound: it held no images out, so that no epoch is the best one.
    """
    need_result(evaluation)
    files = map(ModelFile.from_row, evaluation.models or [])
    found = (file for file in files if (file.format, file.which) == (model_format, which))
    file = next(found, None)
    if file is None:
        raise NotFound(
            f"there are no weights of the {which} epoch; the best one is chosen on held-out "
            "images (valid_portion)"
        )
    return file


def read_model(artifacts: ArtifactStore, file: ModelFile) -> bytes:
    """Return a file, as it was written.

    Raises:
        ModelDamaged: it is missing, or something else.
        ArtifactsUnavailable: the store does not answer.
    """
    try:
        return artifacts.get(file.key, sha256=file.sha256)
    except ArtifactError as error:
        raise ModelDamaged("its file is missing, or is not what was written") from error
    except ArtifactsUnreachable as error:
        raise ArtifactsUnavailable("the store of models does not answer") from error
