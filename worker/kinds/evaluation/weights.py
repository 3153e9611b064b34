"""The weights that an evaluation's network begins with, as its owner sent them."""

from collections.abc import Mapping
from functools import partial

from sqlalchemy.orm import Session
from torch import Tensor

from pdarts_core.export import WeightsUnreadable, read_weights
from store.artifacts import ArtifactError
from store.tables import WeightsRow
from worker.checkpoints import patiently
from worker.journal import Journal
from worker.kinds.failures import WeightsUnavailable


def fetch_weights(journal: Journal, weights_id: str) -> Mapping[str, Tensor]:
    """Return the tensors in a file of weights, on the CPU.

    Raises:
        WeightsUnavailable: it was deleted, or is not what was sent.
        ArtifactsUnreachable: the store does not answer.
    """
    row = journal.read(partial(_row_of, weights_id=weights_id))
    if row is None:
        raise WeightsUnavailable(
            f"the weights {weights_id} were deleted; send the file again, and submit the "
            "evaluation with the new ID"
        )
    try:
        data = patiently(journal.artifacts.get)(row.key, sha256=row.sha256)
        return read_weights(data)
    except (ArtifactError, WeightsUnreadable) as error:
        raise WeightsUnavailable(
            f"weights {weights_id} are not what was sent ({error}); send them again"
        ) from error


def _row_of(session: Session, weights_id: str) -> WeightsRow | None:
    return session.get(WeightsRow, weights_id)
