"""What goes wrong between a client and the service.

Each class says everything about its kind of error: the statuses and codes that mean it, the
command's exit code, and whether the same request may succeed later.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import ClassVar

import httpx
from pydantic import BaseModel, ValidationError

from cli.errors import CliError
from store.plain_text import on_one_line

_LONGEST_EXCERPT = 200
_KINDS: dict[int | str, type["ServiceError"]] = {}
"""By status, and by code."""


class BadField(BaseModel):
    """Where a request is wrong, and why."""

    pointer: str | None = None
    """JSON pointer into the body."""
    parameter: str | None = None
    """Name of a query parameter or header."""
    detail: str

    def __str__(self) -> str:
        """Return the place and the reason."""
        place = self.parameter if self.pointer is None else self.pointer
        return f"{place}: {self.detail}" if place else self.detail


class Problem(BaseModel):
    """The body of an error (RFC 9457)."""

    code: str
    title: str = ""
    detail: str = ""
    request_id: str = ""
    errors: list[BadField] = []


class ServiceError(CliError):
    """The service answered with an error.

    Attributes:
        passes: whether the same request may succeed later.
        code: the kind of problem, for programs.
        status: the HTTP status; 0 if there was no answer.
        request_id: the id of the request in the service's log.
        fields: what is wrong with the request, if the service says so.
        retry_after: seconds after which it may succeed.
    """

    passes: ClassVar[bool] = False

    def __init_subclass__(cls, *, statuses: Iterable[int] = (), codes: Iterable[str] = ()) -> None:
        """Register the answers that mean this kind of error; a code overrides a status."""
        _KINDS.update(dict.fromkeys((*statuses, *codes), cls))

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 0,
        request_id: str = "",
        fields: Sequence[BadField] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{code}: {on_one_line(message)}")
        self.code = code
        self.status = status
        self.request_id = request_id
        self.fields = list(fields)
        self.retry_after = retry_after


class ServiceUnreachable(ServiceError):
    """Nothing answers at the service's URL."""

    exit_code = 5

    def __init__(self, url: str, *, reason: str = "", may_have_arrived: bool = False) -> None:
        because = f" ({reason})" if reason else ""
        super().__init__("unreachable", f"no service answers at {url}{because}")
        self.may_have_arrived = may_have_arrived
        """Whether the service may have carried out the request all the same."""


class ServiceUnavailable(ServiceError, statuses=(502, 503, 504)):
    """The service, or a proxy in front of it, is unavailable at the moment."""

    exit_code = 5
    passes = True


class TooManyRequests(ServiceError, statuses=(429,)):
    """A rate or a quota is used up."""

    exit_code = 5
    passes = True


class Unauthenticated(ServiceError, statuses=(401,)):
    """The API key is missing, wrong, expired or revoked."""

    exit_code = 6


class Forbidden(ServiceError, statuses=(403,)):
    """The API key does not allow this."""

    exit_code = 6


class NotFound(ServiceError, statuses=(404,)):
    """It does not exist, or belongs to another owner."""

    exit_code = 7


class Conflict(ServiceError, statuses=(409,)):
    """The job's state does not allow this."""

    exit_code = 8


class RequestInFlight(Conflict, codes=("request_in_flight",)):
    """The same request is still being served."""

    passes = True


class UploadLocked(Conflict, statuses=(423,)):
    """Another part of the upload is being received."""

    passes = True


class Damaged(ServiceError, statuses=(460,)):
    """What was sent was damaged on its way."""


class Outdated(ServiceError, statuses=(412,)):
    """It has changed since you read it."""

    exit_code = 8


class InvalidRequest(ServiceError, statuses=(400, 413, 415, 422)):
    """The service rejects the request as invalid."""

    exit_code = 2


class UnexpectedAnswer(ServiceError):
    """This client does not understand the answer."""


def error_of(response: httpx.Response) -> ServiceError:
    """Return the error that an answer means."""
    status = response.status_code
    problem = _problem_in(response)
    kind = _KINDS.get(problem.code) or _KINDS.get(status, ServiceError)
    message = problem.detail or problem.title
    if len(problem.errors) > 1 or (problem.errors and str(problem.errors[0]) != message):
        message = "; ".join(map(str, problem.errors))
    return kind(
        problem.code,
        message,
        status=status,
        request_id=problem.request_id,
        fields=problem.errors,
        retry_after=_retry_after(response.headers.get("Retry-After", "")),
    )


def unexpected(response: httpx.Response) -> UnexpectedAnswer:
    """Return the error for an answer that cannot be read."""
    status = response.status_code
    return UnexpectedAnswer("unexpected_answer", _excerpt(response), status=status)


def _problem_in(response: httpx.Response) -> Problem:
    try:
        return Problem.model_validate_json(response.content)
    except ValidationError:
        return Problem(code=f"http_{response.status_code}", detail=_excerpt(response))


def _excerpt(response: httpx.Response) -> str:
    if response.has_redirect_location:
        return f"{response.url} redirects to {response.headers['Location']}; use that URL"
    start = " ".join(response.text[:_LONGEST_EXCERPT].split())
    return f"{response.url} answers {start!r}" if start else f"{response.url} answers nothing"


def _retry_after(text: str) -> float | None:
    """Return the seconds to wait, from a Retry-After header with seconds or a date."""
    if text.strip().isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
