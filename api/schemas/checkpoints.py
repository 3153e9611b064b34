"""A checkpoint as clients see it."""

from datetime import datetime

from api.http.bodies import Body, described
from store.artifacts import StoredArtifact
from store.checkpoint_names import CheckpointName


class CheckpointBody(Body):
    """What an attempt needs to continue exactly where another one stopped."""

    key: str = described("Its key in the artifact store")
    stage: int | None = described(
        "The stage in which the search continues, counted from 1; after the last stage, one more"
    )
    epoch: int | None = described("Epochs of that stage that are done")
    step: int | None = described("Training steps that are done, in all stages")
    device: str | None = described("The only type of device on which it can continue; null for any")
    sha256: str = described("SHA-256 of its content (hexadecimal)")
    bytes: int = described("Its size in bytes")
    written_at: datetime = described("When it was written")


def checkpoint_body(name: CheckpointName, artifact: StoredArtifact) -> CheckpointBody:
    """Return what clients are shown of a checkpoint."""
    stage, epoch, step = name.place or (None, None, None)
    return CheckpointBody(
        key=artifact.key,
        stage=stage,
        epoch=epoch,
        step=step,
        device=name.device,
        sha256=name.sha256,
        bytes=artifact.bytes,
        written_at=artifact.written_at,
    )
