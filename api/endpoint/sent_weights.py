"""Receives a file of weights, looks into it and stores it, all before a transaction begins."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.concurrency import run_in_threadpool

from api.endpoint.dependencies import CallerDep, ResourcesDep
from api.endpoint.name_parts import NO_NUL
from api.endpoint.sent_file import put_sent, store_sent
from api.endpoint.upload import Upload, UploadRequest
from api.http.errors import WeightsLayoutUnknown
from api.resources.resources import Resources
from api.resources.security import Caller
from api.services import weights
from api.services.weights import NewWeights, SentWeights
from pdarts_core.tensors.layout import LayoutUnknown, recognise
from store.job_spec import LONGEST_NAME

_REFUSAL = (
    "the artifact store does not take the file; try again later (GET /readyz says how it is, under "
    "`artifacts`)"
)


class Kept:
    """Whether a row may name what was stored; if none does, nothing stays of it."""

    def __init__(self, sent: SentWeights) -> None:
        self.sent = sent
        self.is_kept = False


async def get_sent_weights(
    request: Request,
    caller: CallerDep,
    resources: ResourcesDep,
    name: Annotated[
        str | None,
        Query(
            description="A name for people, such as that of the file",
            min_length=1,
            max_length=LONGEST_NAME,
            pattern=NO_NUL,
        ),
    ] = None,
) -> AsyncIterator[Kept]:
    """Yield the file that a request's body is.

    Raises:
        WeightsRefused: no network could begin with it.
        TooManyWeights: the caller has no room for it.
        ArtifactsUnavailable: it cannot be stored.
        BodyTooLarge, EmptyBody, QuotaExceeded, UnsupportedMediaType: as for each file.
    """
    assert isinstance(request, UploadRequest), "the route must be an UploadRoute"  # noqa: S101
    upload = await request.upload()
    new = None
    place_before = await _place_before(resources, caller, upload)
    if place_before is not None:
        # It may be damaged or gone: then a job has told its owner to send it again.
        await run_in_threadpool(
            put_sent, resources.artifacts, place_before, upload.file, refusal=_REFUSAL
        )
    else:
        new = await _look_into(resources, caller, upload)
        await run_in_threadpool(
            store_sent, resources.artifacts, new.id, new.key, upload.file, refusal=_REFUSAL
        )
    kept = Kept(SentWeights(name=name, sha256=upload.sha256, new=new))
    try:
        yield kept
    finally:
        if new is not None and not kept.is_kept:
            await run_in_threadpool(resources.artifacts.delete_folder, new.id)


SentWeightsDep = Annotated[Kept, Depends(get_sent_weights, scope="function")]


async def _place_before(resources: Resources, caller: Caller, upload: Upload) -> str | None:
    """Return where the file is if the caller sent it before; refuse what there is no room for."""

    def look() -> str | None:
        with resources.database.read() as session:
            key = weights.key_of(session, caller, upload.sha256)
            if key is None:
                most = resources.settings.weights_bytes_per_owner
                weights.check_room(session, caller, upload.bytes, most)
            return key

    async with resources.readers.of(caller.owner):
        return await run_in_threadpool(look)


async def _look_into(resources: Resources, caller: Caller, upload: Upload) -> NewWeights:
    read = await resources.weights_reader.read(caller.owner, upload.file)
    try:
        recognised = recognise(read.shapes)
    except LayoutUnknown as error:
        raise WeightsLayoutUnknown(str(error)) from error
    return weights.new_weights(upload.sha256, upload.bytes, read, recognised)
