"""A client of the service's HTTP interface."""

from collections.abc import Iterator, Mapping
from typing import Any, Self

import httpx
from pydantic import AwareDatetime, BaseModel

from cli.errors import ServiceError, ServiceUnreachable
from pdarts_core.genotype import CellKind
from store.states import Status

_TIMEOUT_SECONDS = 30.0
_TITLE = "P-DARTS"


class Failure(BaseModel):
    """Why a search failed."""

    code: str
    message: str


class Progress(BaseModel):
    """How far a search is. Stages and epochs are counted from 1."""

    fraction: float
    stage: int | None
    stages: int
    epoch: int | None
    epochs: int | None
    phase: str | None
    eta: AwareDatetime | None


class Search(BaseModel):
    """A search, as far as this client needs it."""

    id: str
    status: Status
    progress: Progress
    error: Failure | None

    @property
    def has_ended(self) -> bool:
        """Tell whether it will not change any more."""
        return self.status in {Status.SUCCEEDED, Status.FAILED, Status.CANCELLED}


class Epoch(BaseModel):
    """What was measured in an epoch; accuracies between 0 and 1, None where not measured."""

    stage: int
    epoch: int
    phase: str
    train_accuracy: float
    valid_accuracy: float | None


class Client:
    """A connection to one service. Every method raises ServiceError for what it refuses."""

    def __init__(self, url: str) -> None:
        # Not through a proxy: the service is on this machine or in this network.
        self._http = httpx.Client(base_url=url, timeout=_TIMEOUT_SECONDS, trust_env=False)
        self.url = url

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def is_alive(self) -> bool:
        """Tell whether a P-DARTS service answers."""
        try:
            title = self._request("GET", "/openapi.json").json()["info"]["title"]
        except (ServiceError, ValueError, LookupError, TypeError):
            return False
        return bool(title == _TITLE)

    def is_ready(self) -> bool:
        """Tell whether the service can take searches; what is wrong is in its log."""
        try:
            self._request("GET", "/readyz")
        except ServiceError:
            return False
        return True

    def create_search(self, spec: Mapping[str, Any]) -> Search:
        """Ask for a search."""
        return Search.model_validate(self._request("POST", "/searches", json=dict(spec)).json())

    def get_search(self, search_id: str) -> Search:
        """Return a search as it stands."""
        return Search.model_validate(self._request("GET", f"/searches/{search_id}").json())

    def cancel_search(self, search_id: str) -> None:
        """Ask for a search's end."""
        self._request("POST", f"/searches/{search_id}/cancel")

    def epochs(self, search_id: str) -> Iterator[Epoch]:
        """Yield all epochs so far."""
        for row in self._rows(f"/searches/{search_id}/epochs"):
            yield Epoch.model_validate(row)

    def genotype(self, search_id: str) -> dict[str, Any]:
        """Return the document of the recommended genotype."""
        document: dict[str, Any] = self._request("GET", f"/searches/{search_id}/genotype").json()
        return document

    def drawing(self, search_id: str, cell: CellKind) -> str:
        """Return a cell of the recommended genotype as SVG."""
        wanted = {"format": "svg", "cell": cell}
        return self._request("GET", f"/searches/{search_id}/genotype", params=wanted).text

    def _rows(self, path: str) -> Iterator[dict[str, Any]]:
        after: dict[str, str] = {}
        while True:
            page = self._request("GET", path, params=after).json()
            yield from page["data"]
            if page.get("next_cursor") is None:
                return
            after = {"after": page["next_cursor"]}

    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            response = self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise ServiceUnreachable(self.url) from error
        if response.is_error:
            raise _error_of(response)
        return response


def _error_of(response: httpx.Response) -> ServiceError:
    try:
        problem = response.json()
        return ServiceError(problem["code"], problem.get("detail") or problem["title"])
    except (ValueError, KeyError, TypeError):
        return ServiceError(f"http_{response.status_code}", response.text[:200])
