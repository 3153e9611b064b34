"""The interface's errors; `api.http.error_handler` answers them (RFC 9457).

ApiError
├── MalformedJson          400  the body is no JSON document
├── Unauthenticated        401  no valid key
├── Forbidden              403  the key lacks a scope
├── WebhooksOff            403  the service sends no webhooks
├── NotFound               404  no such thing, or no such path
├── MethodNotAllowed       405
├── NotAcceptable          406  no representation that the client takes
├── Conflict               409  the search is in no state for it
│   ├── NotCancellable
│   ├── NotPausable
│   ├── NotResumable
│   ├── NotRetryable
│   ├── SearchActive
│   ├── NotPrioritizable
│   ├── NoGenotypeYet
│   ├── NoGenotype
│   ├── GenotypeOfSearch
│   ├── TooManyWebhooks
│   └── DeliveryPending
├── PreconditionFailed     412  it has changed since the client read it
├── BodyTooLarge           413
├── UnsupportedMediaType   415
├── InvalidRequest         422  fields that are missing, unknown, out of bounds or at odds
│   ├── SearchTooLarge
│   ├── SearchTooLong
│   └── SkipLimitUnreachable
├── TooManyRequests        429  in this minute
├── QuotaExceeded          429  searches or streams at a time
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
    """An error that a client is told of."""

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
    """The body is no JSON document."""

    code = "malformed_json"
    title = "The body is not JSON"


class Unauthenticated(ApiError):
    """The request has no valid key: none, or one that is malformed, unknown, expired or revoked."""

    status = 401
    code = "unauthenticated"
    title = "The request needs a valid key"


class Forbidden(ApiError):
    """The key lacks a scope that this takes."""

    status = 403
    code = "forbidden"
    title = "The key does not permit this"


class WebhooksOff(ApiError):
    """The service sends no webhooks."""

    status = 403
    code = "webhooks_off"
    title = "Webhooks are off"


class NotFound(ApiError):
    """There is no such thing, or it is not the caller's."""

    status = 404
    code = "not_found"
    title = "There is no such thing"

    @classmethod
    def search(cls, search_id: str) -> "NotFound":
        """Name the search that there is not, or not for the caller."""
        return cls(f"there is no search {search_id}")


class MethodNotAllowed(ApiError):
    """The path exists, but not with this method."""

    status = 405
    code = "method_not_allowed"
    title = "The path has no such method"


class NotAcceptable(ApiError):
    """There is no representation that the client takes."""

    status = 406
    code = "not_acceptable"
    title = "There is no such representation"


class RequestInFlight(ApiError):
    """A request with the same Idempotency-Key is being served."""

    status = 409
    code = "request_in_flight"
    title = "The same request is being served"


class Conflict(ApiError):
    """The search is in no state for what was asked."""

    status = 409
    code = "conflict"
    title = "The search is in no state for this"


class NotCancellable(Conflict):
    """The search has ended."""

    code = "not_cancellable"
    title = "The search cannot be cancelled"


class NotPausable(Conflict):
    """The search has ended, is paused, or is to be cancelled."""

    code = "not_pausable"
    title = "The search cannot be paused"


class NotResumable(Conflict):
    """The search is not paused."""

    code = "not_resumable"
    title = "The search cannot be resumed"


class NotRetryable(Conflict):
    """The search has not failed."""

    code = "not_retryable"
    title = "The search cannot be tried again"


class SearchActive(Conflict):
    """The search has not ended."""

    code = "search_active"
    title = "The search has not ended"


class NotPrioritizable(Conflict):
    """The search has ended, so nothing waits that a priority could put forward."""

    code = "not_prioritizable"
    title = "The search has no priority any more"


class NoGenotypeYet(Conflict):
    """The search has not come to a genotype, but may."""

    code = "no_genotype_yet"
    title = "There is no genotype yet"


class NoGenotype(Conflict):
    """The search ended without a genotype."""

    code = "no_genotype"
    title = "The search ended without a genotype"


class GenotypeOfSearch(Conflict):
    """The genotype is one of those that a search ended with."""

    code = "genotype_of_search"
    title = "The genotype goes with its search"


class PreconditionFailed(ApiError):
    """The thing is not as the client has it."""

    status = 412
    code = "precondition_failed"
    title = "The thing has changed"


class TooManyWebhooks(Conflict):
    """The owner has as many webhooks as one may have."""

    code = "too_many_webhooks"
    title = "There are too many webhooks"


class DeliveryPending(Conflict):
    """The delivery is still being sent."""

    code = "delivery_pending"
    title = "The delivery has not ended"


class BodyTooLarge(ApiError):
    """The body is longer than the service reads."""

    status = 413
    code = "body_too_large"
    title = "The body is too large"


class UnsupportedMediaType(ApiError):
    """The body is not declared to be JSON."""

    status = 415
    code = "unsupported_media_type"
    title = "The body is of no known type"


class InvalidRequest(ApiError):
    """Fields are missing, unknown, of the wrong type, out of bounds or at odds."""

    status = 422
    code = "invalid_request"
    title = "The request has invalid fields"

    @classmethod
    def at(cls, path: Sequence[str | int], detail: str) -> Self:
        """Name one field of the body."""
        return cls(detail, errors=[BadField(pointer=to_pointer(path), detail=detail)])


class SearchTooLarge(InvalidRequest):
    """No worker can hold the search."""

    code = "search_too_large"
    title = "No worker can hold the search"


class SkipLimitUnreachable(InvalidRequest):
    """The edges of the cell have too few other operations."""

    code = "skip_limit_unreachable"
    title = "No cell holds the skip limit"


class SearchTooLong(InvalidRequest):
    """The search would take longer than the service allows."""

    code = "search_too_long"
    title = "The search would take too long"


class IdempotencyKeyReused(InvalidRequest):
    """The Idempotency-Key came with another request before."""

    code = "idempotency_key_reused"
    title = "The key belongs to another request"


class TooManyRequests(ApiError):
    """The owner has made as many requests as a minute may have."""

    status = 429
    code = "too_many_requests"
    title = "Too many requests in this minute"


class QuotaExceeded(ApiError):
    """The owner has as many searches queued or running, or streams open, as may be."""

    status = 429
    code = "quota_exceeded"
    title = "No more of these at a time"


class InternalError(ApiError):
    """A defect of the service."""

    status = 500
    code = "internal"
    title = "The service failed"


class DatabaseUnavailable(ApiError):
    """The database does not answer, or is busy for too long."""

    status = 503
    code = "database_unavailable"
    title = "The database is not available"


class ArtifactsUnavailable(ApiError):
    """The store of checkpoints does not answer, or refuses."""

    status = 503
    code = "artifacts_unavailable"
    title = "The checkpoints are not available"


class DatasetsUnavailable(ApiError):
    """The data folder cannot be read."""

    status = 503
    code = "datasets_unavailable"
    title = "The data sets are not available"
