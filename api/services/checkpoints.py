"""The checkpoints that are kept for a search."""

from collections.abc import Sequence

from api.http.errors import ArtifactsUnavailable
from api.schemas.checkpoints import CheckpointBody, checkpoint_body
from store.artifacts import ArtifactStore
from store.checkpoint_names import CheckpointName, checkpoint_folder


def list_checkpoints(
    artifacts: ArtifactStore, search_id: str, newest: str | None
) -> Sequence[CheckpointBody]:
    """Return the checkpoints of a search, the newest first.

    Args:
        artifacts: where they lie.
        search_id: whose they are.
        newest: the key that the search's row points to. What is newer was never taken.

    Raises:
        ArtifactsUnavailable: the store does not answer, or refuses.
    """
    if newest is None:
        return []
    try:
        found = artifacts.entries(checkpoint_folder(search_id))
    except OSError as error:
        raise ArtifactsUnavailable.silent() from error
    named = ((CheckpointName.from_key(one.key), one) for one in reversed(found))
    return [
        checkpoint_body(name, artifact)
        for name, artifact in named
        if name is not None and artifact.key <= newest
    ]
