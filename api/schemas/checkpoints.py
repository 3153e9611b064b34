"""A checkpoint as clients see it."""

from datetime import datetime

from api.http.bodies import Body, described
from store.artifacts import StoredArtifact
from store.checkpoint_names import CheckpointName


class CheckpointBody(Body):
    """What an attempt needs to go on exactly where another ended."""

    key: str = described("Where it lies among the artifacts")
    stage: int | None = described(
        "In which the search goes on, counted from 1; one more than there are once all have ended"
    )
    epoch: int | None = described("Epochs of that stage that are behind")
    step: int | None = described("Training steps that are behind, in all stages")
    device: str | None = described("The only type of device that it goes on on; null for any")
    sha256: str = described("Of its bytes (hexadecimal)")
    bytes: int = described("Its size")
    written_at: datetime = described("When it was written")


def checkpoint_body(name: CheckpointName, artifact: StoredArtifact) -> CheckpointBody:
    """Return what clients are shown of a checkpoint."""
    return CheckpointBody(
        key=artifact.key,
        stage=name.place and name.place.stage,
        epoch=name.place and name.place.epoch,
        step=name.place and name.place.step,
        device=name.device,
        sha256=name.sha256,
        bytes=artifact.bytes,
        written_at=artifact.written_at,
    )
