"""Makes a data set of a source: sends it in parts, and asks for the data set once."""

import hashlib
from dataclasses import dataclass

from cli.client import Client, DatasetDetails, InvalidRequest, NotFound, Retries
from cli.client.dataset_calls import DatasetCalls
from cli.pushing.kept_push import KeptPush
from cli.pushing.sending import Told, send
from cli.pushing.source import Source

_PATIENT = Retries(attempts=1_000_000, patience_seconds=3600.0)
"""While the service looks through the archive, the same request is told to come again."""
_ABOUT_THE_ARCHIVE = ("archive_", "dataset_layout")
"""How the codes begin of what would be refused again."""


@dataclass(frozen=True, kw_only=True)
class WantedDataset:
    """What a source is to become."""

    name: str
    """The data set's."""
    filename: str
    """For people who look at uploads."""
    test_portion: float | None
    """Of each class's images, set aside to test with; None for none."""


def push_dataset(
    client: Client, source: Source, kept: KeptPush, wanted: WantedDataset, tell: Told
) -> DatasetDetails:
    """Send a source, or what is left of it, and return the data set that it becomes.

    Args:
        client: to whom.
        source: what.
        kept: knows of an earlier try.
        wanted: what it is to become.
        tell: is called with how many bytes have come.

    Raises:
        ServiceError, SourceChanged, OSError: as `send` does, or the service refuses the archive.
    """
    made = _made_before(client, source, kept, wanted)
    if made is None:
        upload_id = send(client, source, kept, name=wanted.filename, tell=tell)
        made = _make(client, kept, wanted, upload_id)
    kept.forget()
    return made


def _made_before(
    client: Client, source: Source, kept: KeptPush, wanted: WantedDataset
) -> DatasetDetails | None:
    """Return what an earlier try became that was ended before it knew; None for nothing."""
    begun = kept.begun()
    if begun is None or begun.fingerprint != source.fingerprint:
        return None
    try:
        client.get_upload(begun.upload)
    except NotFound:
        pass
    else:
        return None
    try:
        made = _ask(client, wanted, begun.upload)
        found = client.get_dataset(wanted.name)
    except (InvalidRequest, NotFound):
        return None
    return found if found.digest == made.digest else None


def _make(client: Client, kept: KeptPush, wanted: WantedDataset, upload_id: str) -> DatasetDetails:
    """Have the service make a data set of what was sent; what it refuses is not kept there."""
    try:
        return _ask(client, wanted, upload_id)
    except InvalidRequest as error:
        if error.code.startswith(_ABOUT_THE_ARCHIVE):
            kept.forget()
            client.delete_upload(upload_id)
        raise


def _ask(client: Client, wanted: WantedDataset, upload_id: str) -> DatasetDetails:
    # The same key however often it is asked: an answer that was lost is given again.
    portion = "" if wanted.test_portion is None else f" {wanted.test_portion}"
    key = hashlib.sha256(f"{upload_id} {wanted.name}{portion}".encode()).hexdigest()
    call = DatasetCalls.create_dataset.build(
        client, wanted.name, upload_id, test_portion=wanted.test_portion, idempotency_key=key
    )
    made: DatasetDetails = client.send(call, _PATIENT)
    return made
