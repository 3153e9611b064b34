"""The interface's errors; `api.http.error_handler` answers them (RFC 9457).

ApiError
├── MalformedJson          400  the body is not valid JSON
├── EmptyBody              400
├── ChecksumUnsupported    400  a part of an upload has a checksum of a kind that is not known
├── ClientLeft             400  nobody reads the answer
├── Unauthenticated        401  no valid key
├── Forbidden              403  the key lacks a scope
├── CrossOrigin            403  a page of another site asks for a change, and no key is required
├── KeysOff                403  keys are not made over HTTP while none are required
├── WebhooksOff            403  the service sends no webhooks
├── NotFound               404  it does not exist, or belongs to somebody else
├── MethodNotAllowed       405
├── NotAcceptable          406  no format that the client accepts
├── RequestInFlight        409  another with its Idempotency-Key is being served
├── Conflict               409  its state does not allow this
│   ├── NotCancellable
│   ├── NotPausable
│   ├── NotResumable
│   ├── NotRetryable
│   ├── SearchActive
│   ├── EvaluationActive
│   ├── NotPrioritizable
│   ├── NoGenotypeYet
│   ├── NoGenotype
│   ├── NoResultYet
│   ├── NoResult
│   ├── GenotypeOfSearch
│   ├── WeightsInUse
│   ├── TooManyWeights
│   ├── TooManyUploads
│   ├── UploadOffsetWrong
│   ├── DatasetInUse
│   ├── DatasetReplaced
│   ├── DatasetShared
│   ├── NoSamples
│   ├── TooManyImages
│   ├── TooManyWebhooks
│   └── DeliveryPending
├── ModelDamaged           410  a stored file of an evaluation is missing or damaged
├── PreconditionFailed     412  it has changed since the client read it
├── TusVersionUnsupported  412
├── BodyTooLarge           413
│   └── ArchiveTooLarge
├── UnsupportedMediaType   415
│   └── ArchiveUnknown
├── MisdirectedRequest     421  the request is for a host that is not this machine
├── InvalidRequest         422  fields that are missing, unknown, out of range or contradictory
│   ├── NoArchitectureEpoch
│   ├── SearchTooLarge
│   ├── EvaluationTooLarge
│   ├── EvaluationTooLong
│   ├── SkipLimitUnreachable
│   ├── SearchTooLong
│   └── IdempotencyKeyReused
├── WeightsRefused         422  a file of weights that no network could begin with
│   ├── WeightsUnreadable
│   ├── WeightsUnsafe
│   ├── WeightsTooCostly
│   ├── WeightsNotFloat
│   ├── WeightsNotFinite
│   └── WeightsLayoutUnknown
├── ArchiveRefused         422  an archive that is not taken as a data set
│   ├── ArchiveUnsafe
│   ├── ArchiveEncrypted
│   ├── ArchiveDamaged
│   ├── ArchiveDuplicate
│   └── DatasetLayoutUnknown
├── UploadLocked           423  another part of the upload is being received
├── TooManyRequests        429  in the last minute
├── QuotaExceeded          429  too many active jobs or open streams
├── ChecksumWrong          460  a part of an upload is not what its checksum says
├── InternalError          500  a defect; the log has the traceback
├── DatabaseUnavailable    503
├── ArtifactsUnavailable   503
└── DatasetsUnavailable    503  the data folder cannot be read
"""

from collections.abc import Sequence
from typing import ClassVar, Self

from starlette.exceptions import HTTPException

from api.http.problem import BadField, Problem, to_pointer

PROBLEM_TYPE = "application/problem+json"


class ApiError(HTTPException):
    """An error that is sent to a client."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    title: ClassVar[str] = "The request cannot be served"

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[BadField] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(self.status, detail, headers)
        self.errors = list(errors)

    def to_problem(self, request_id: str) -> Problem:
        """Return the body of the answer."""
        return Problem(
            type=f"urn:pdarts:problem:{self.code}",
            title=self.title,
            status=self.status_code,
            detail=self.detail,
            code=self.code,
            request_id=request_id,
            errors=self.errors or None,
        )


class MalformedJson(ApiError):
    """The body is not valid JSON."""

    code = "malformed_json"
    title = "The body is not valid JSON"


class EmptyBody(ApiError):
    """The body is empty."""

    code = "empty_body"
    title = "The body is empty"


class ChecksumUnsupported(ApiError):
    """The checksum is malformed, or of a kind that the service does not know."""

    code = "checksum_unsupported"
    title = "The checksum cannot be checked"


class ClientLeft(ApiError):
    """The connection ended before the body did; nobody reads this."""

    code = "client_left"
    title = "The body is incomplete"


class Unauthenticated(ApiError):
    """The request has no valid key: it is missing, malformed, unknown, expired or revoked."""

    status = 401
    code = "unauthenticated"
    title = "The request needs a valid key"


class Forbidden(ApiError):
    """The key lacks a scope that this needs."""

    status = 403
    code = "forbidden"
    title = "The key does not allow this"


class CrossOrigin(ApiError):
    """A page of another site asks for a change, and the service requires no key."""

    status = 403
    code = "cross_origin"
    title = "Pages of other sites cannot do this"


class KeysOff(ApiError):
    """The service requires no keys, so it makes none."""

    status = 403
    code = "keys_off"
    title = "Keys are not required"


class WebhooksOff(ApiError):
    """The service does not send webhooks."""

    status = 403
    code = "webhooks_off"
    title = "Webhooks are turned off"


class NotFound(ApiError):
    """It does not exist, or it belongs to somebody else."""

    status = 404
    code = "not_found"
    title = "Not found"

    @classmethod
    def named(cls, noun: str, name: str) -> Self:
        """Say which one of what does not exist."""
        return cls(f"there is no {noun} {name}")


class MethodNotAllowed(ApiError):
    """The path does not have this method."""

    status = 405
    code = "method_not_allowed"
    title = "The path does not have this method"


class NotAcceptable(ApiError):
    """There is no format that the client accepts."""

    status = 406
    code = "not_acceptable"
    title = "There is no acceptable format"


class RequestInFlight(ApiError):
    """A request with the same Idempotency-Key is still being served."""

    status = 409
    code = "request_in_flight"
    title = "The same request is still being served"


class Conflict(ApiError):
    """Its state does not allow this."""

    status = 409
    code = "conflict"
    title = "Its state does not allow this"


class NotCancellable(Conflict):
    """It has already finished."""

    code = "not_cancellable"
    title = "It cannot be cancelled"


class NotPausable(Conflict):
    """It has already finished, is paused, or is being cancelled."""

    code = "not_pausable"
    title = "It cannot be paused"


class NotResumable(Conflict):
    """It is not paused."""

    code = "not_resumable"
    title = "It cannot be resumed"


class NotRetryable(Conflict):
    """It has not failed."""

    code = "not_retryable"
    title = "It cannot be retried"


class SearchActive(Conflict):
    """The search has not ended."""

    code = "search_active"
    title = "The search has not ended yet"


class EvaluationActive(Conflict):
    """The evaluation has not ended."""

    code = "evaluation_active"
    title = "The evaluation has not ended yet"


class NotPrioritizable(Conflict):
    """It has ended, so its priority no longer matters."""

    code = "not_prioritizable"
    title = "The priority can no longer be changed"


class NoGenotypeYet(Conflict):
    """The search has no genotype yet."""

    code = "no_genotype_yet"
    title = "There is no genotype yet"


class NoGenotype(Conflict):
    """The search ended without a genotype."""

    code = "no_genotype"
    title = "The search ended without a genotype"


class NoResultYet(Conflict):
    """The evaluation has no result yet."""

    code = "no_result_yet"
    title = "There is no result yet"


class NoResult(Conflict):
    """The evaluation ended without a result."""

    code = "no_result"
    title = "The evaluation ended without a result"


class GenotypeOfSearch(Conflict):
    """The genotype belongs to a search."""

    code = "genotype_of_search"
    title = "The genotype belongs to a search"


class WeightsInUse(Conflict):
    """An evaluation that begins with the weights has not ended."""

    code = "weights_in_use"
    title = "The weights are in use"


class TooManyWeights(Conflict):
    """The owner's files of weights take as many bytes as are allowed."""

    code = "too_many_weights"
    title = "Too many bytes of weights"


class TooManyUploads(Conflict):
    """The owner is sending as many files, or as many bytes in them, as are allowed."""

    code = "too_many_uploads"
    title = "Too many uploads"


class UploadOffsetWrong(Conflict):
    """The part does not begin where the upload has stopped."""

    code = "upload_offset_wrong"
    title = "The part does not continue the upload"


class ModelDamaged(ApiError):
    """The stored file is missing, or it is not what was written."""

    status = 410
    code = "model_damaged"
    title = "A stored file is missing or damaged"


class PreconditionFailed(ApiError):
    """It has changed since the client read it."""

    status = 412
    code = "precondition_failed"
    title = "It has changed since you read it"


class TusVersionUnsupported(ApiError):
    """The service does not speak this version of the tus protocol."""

    status = 412
    code = "tus_version_unsupported"
    title = "The version of tus is not supported"


class DatasetInUse(Conflict):
    """A job that has not ended uses the data set."""

    code = "dataset_in_use"
    title = "The data set is in use"


class DatasetReplaced(Conflict):
    """Other images were sent under the data set's name at the same time."""

    code = "dataset_replaced"
    title = "The data set has just changed"


class DatasetShared(Conflict):
    """All owners share the data set; it is not yours to send or delete."""

    code = "dataset_shared"
    title = "The data set belongs to all owners"


class NoSamples(Conflict):
    """The samples are drawn by a check, and none has finished."""

    code = "no_samples"
    title = "There are no samples yet"


class TooManyImages(Conflict):
    """The owner has as many data sets, or bytes or images in them, as are allowed."""

    code = "too_many_images"
    title = "There is no room for more images or data sets"


class TooManyWebhooks(Conflict):
    """The owner has as many webhooks as are allowed."""

    code = "too_many_webhooks"
    title = "Too many webhooks"


class DeliveryPending(Conflict):
    """The delivery is still being sent."""

    code = "delivery_pending"
    title = "The delivery is still being sent"


class BodyTooLarge(ApiError):
    """The body is larger than the service accepts."""

    status = 413
    code = "body_too_large"
    title = "The body is too large"


class ArchiveTooLarge(BodyTooLarge):
    """The archive holds more than is allowed, or unpacks to far more than its own size."""

    code = "archive_too_large"
    title = "The archive holds too much"


class UnsupportedMediaType(ApiError):
    """The type or encoding of the body is not supported."""

    status = 415
    code = "unsupported_media_type"
    title = "The type of the body is not supported"


class ArchiveUnknown(UnsupportedMediaType):
    """The file is not an archive of a kind that can be read."""

    code = "archive_unknown"
    title = "The file is not an archive that can be read"


class MisdirectedRequest(ApiError):
    """The request is for a host that is not this machine."""

    status = 421
    code = "misdirected_request"
    title = "The host is not this machine"


class InvalidRequest(ApiError):
    """Fields are missing, unknown, of the wrong type, out of range or contradictory."""

    status = 422
    code = "invalid_request"
    title = "The request has invalid fields"

    @classmethod
    def at(cls, path: Sequence[str | int], detail: str) -> Self:
        """Name one field of the body."""
        return cls(detail, errors=[BadField(pointer=to_pointer(path), detail=detail)])


class NoArchitectureEpoch(InvalidRequest):
    """A stage trains no alphas, and the spec does not say that this is wanted."""

    code = "no_architecture_epoch"
    title = "A stage has no epoch that trains the architecture"


class SearchTooLarge(InvalidRequest):
    """The search needs more memory than any worker has."""

    code = "search_too_large"
    title = "The search needs too much memory"


class EvaluationTooLarge(InvalidRequest):
    """The evaluation needs more memory than any worker has."""

    code = "evaluation_too_large"
    title = "The evaluation needs too much memory"


class EvaluationTooLong(InvalidRequest):
    """The evaluation would take longer than the service allows."""

    code = "evaluation_too_long"
    title = "The evaluation would take too long"


class SkipLimitUnreachable(InvalidRequest):
    """The cell has too few operations other than skip-connects."""

    code = "skip_limit_unreachable"
    title = "The skip limit cannot be met"


class SearchTooLong(InvalidRequest):
    """The search would take longer than the service allows."""

    code = "search_too_long"
    title = "The search would take too long"


class WeightsRefused(ApiError):
    """No network could begin with what is in the file."""

    status = 422
    code = "weights_refused"
    title = "The file of weights cannot be used"


class WeightsUnreadable(WeightsRefused):
    """The file is damaged, or it is not a file of weights."""

    code = "weights_unreadable"
    title = "The file cannot be read"


class WeightsUnsafe(WeightsRefused):
    """The file asks for more than tensors, such as code to be run."""

    code = "weights_unsafe"
    title = "The file holds more than weights"


class WeightsTooCostly(WeightsRefused):
    """Reading the file would take more memory or time than its size allows for."""

    code = "weights_too_costly"
    title = "Reading the file takes too much memory or time"


class WeightsNotFloat(WeightsRefused):
    """A tensor in the file holds no floating-point numbers."""

    code = "weights_not_float"
    title = "The weights are not floating-point numbers"


class WeightsNotFinite(WeightsRefused):
    """A tensor in the file holds NaN or infinity."""

    code = "weights_not_finite"
    title = "The weights are not finite"


class WeightsLayoutUnknown(WeightsRefused):
    """The tensors in the file are not those of a network of this kind."""

    code = "weights_layout_unknown"
    title = "The layout of the weights is unknown"


class ArchiveRefused(ApiError):
    """The archive cannot become a data set."""

    status = 422
    code = "archive_refused"
    title = "The archive cannot be used"


class ArchiveUnsafe(ArchiveRefused):
    """A member of the archive is a link or a device, or its name leads elsewhere."""

    code = "archive_unsafe"
    title = "The archive holds more than files and folders"


class ArchiveEncrypted(ArchiveRefused):
    """A member of the archive needs a password."""

    code = "archive_encrypted"
    title = "The archive is encrypted"


class ArchiveDamaged(ArchiveRefused):
    """The archive is cut off, or its content is not what it says."""

    code = "archive_damaged"
    title = "The archive is damaged"


class ArchiveDuplicate(ArchiveRefused):
    """Two members of the archive have the same name."""

    code = "archive_duplicate"
    title = "The archive holds two files with the same name"


class DatasetLayoutUnknown(ArchiveRefused):
    """The archive's folders are not those of a data set."""

    code = "dataset_layout"
    title = "The archive holds no data set"


class IdempotencyKeyReused(InvalidRequest):
    """The Idempotency-Key was used for a different request."""

    code = "idempotency_key_reused"
    title = "The Idempotency-Key was used for a different request"


class UploadLocked(ApiError):
    """Another part of the upload is being received."""

    status = 423
    code = "upload_locked"
    title = "The upload is being written to"


class TooManyRequests(ApiError):
    """The owner has made too many requests in the last minute."""

    status = 429
    code = "too_many_requests"
    title = "Too many requests in the last minute"


class QuotaExceeded(ApiError):
    """The owner has reached the limit of active jobs, open event streams or files being sent."""

    status = 429
    code = "quota_exceeded"
    title = "The limit has been reached"


class ChecksumWrong(ApiError):
    """The part is not what its checksum says; nothing of it is kept."""

    status = 460
    code = "checksum_wrong"
    title = "The part was damaged in transit"


class InternalError(ApiError):
    """The service has a defect."""

    status = 500
    code = "internal"
    title = "The service failed"


class DatabaseUnavailable(ApiError):
    """The database does not answer, or has been busy for too long."""

    status = 503
    code = "database_unavailable"
    title = "The database is not available"


class ArtifactsUnavailable(ApiError):
    """The artifact store (checkpoints, networks, images) does not answer, or has no room."""

    status = 503
    code = "artifacts_unavailable"
    title = "The artifact store is not available"

    @classmethod
    def silent(cls) -> Self:
        """Say that it does not answer."""
        return cls(
            "the artifact store does not answer; try again later (GET /readyz says how it is, "
            "under `artifacts`)"
        )


class DatasetsUnavailable(ApiError):
    """The data folder cannot be read."""

    status = 503
    code = "datasets_unavailable"
    title = "The data sets are not available"
