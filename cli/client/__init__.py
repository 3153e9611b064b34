"""A client of the service's HTTP interface, for programs and for the `pdarts` command.

Each call is defined once, without I/O: those that every kind of job has in `job.py`, all others
in `*_calls.py`. Errors are in `errors.py`. `sync.py` and `asynchronous.py` differ only in how they
make a call.
"""

from cli.client.asynchronous import AsyncClient
from cli.client.errors import (
    BadField,
    Conflict,
    Forbidden,
    InvalidRequest,
    NotFound,
    Outdated,
    RequestInFlight,
    ServiceError,
    ServiceUnavailable,
    ServiceUnreachable,
    TooManyRequests,
    Unauthenticated,
    UnexpectedAnswer,
)
from cli.client.models import (
    Accuracy,
    Capacity,
    Checkpoint,
    Dataset,
    Epoch,
    Estimate,
    Event,
    Failure,
    GenotypeDocument,
    Plan,
    Preset,
    Progress,
    Pruning,
    Readiness,
    SearchRecord,
    Signal,
    SpecWarning,
    Stage,
    Worker,
)
from cli.client.retries import NO_RETRIES, Retries
from cli.client.search_calls import AsyncSearch, Search
from cli.client.spec import Spec, SpecFields, StageFields, StageSpec
from cli.client.sync import Client
from store.states import Status

__all__ = [
    "NO_RETRIES",
    "Accuracy",
    "AsyncClient",
    "AsyncSearch",
    "BadField",
    "Capacity",
    "Checkpoint",
    "Client",
    "Conflict",
    "Dataset",
    "Epoch",
    "Estimate",
    "Event",
    "Failure",
    "Forbidden",
    "GenotypeDocument",
    "InvalidRequest",
    "NotFound",
    "Outdated",
    "Plan",
    "Preset",
    "Progress",
    "Pruning",
    "Readiness",
    "RequestInFlight",
    "Retries",
    "Search",
    "SearchRecord",
    "ServiceError",
    "ServiceUnavailable",
    "ServiceUnreachable",
    "Signal",
    "Spec",
    "SpecFields",
    "SpecWarning",
    "Stage",
    "StageFields",
    "StageSpec",
    "Status",
    "TooManyRequests",
    "Unauthenticated",
    "UnexpectedAnswer",
    "Worker",
]
