"""The calls that concern the service: what it knows, and whether it works."""

import httpx

from cli.client.binding import asks, lists, tells
from cli.client.call import Call, as_model, as_page, get
from cli.client.model import Page
from cli.client.models import Capacity, Dataset, Preset, Readiness, Worker

_TITLE = "P-DARTS"


class ServiceCalls:
    """What a client can ask about the service."""

    @lists
    def list_datasets(self) -> Call[Page[Dataset]]:
        """List the data sets that a search can use."""
        return get("/datasets", as_page(Dataset))

    @lists
    def list_presets(self) -> Call[Page[Preset]]:
        """List the named specs, from which a spec takes what it leaves out."""
        return get("/presets", as_page(Preset))

    @lists
    def list_workers(self) -> Call[Page[Worker]]:
        """List the workers, the newest first."""
        return get("/workers", as_page(Worker))

    @asks
    def get_capacity(self) -> Call[Capacity]:
        """Tell how much of the service is free."""
        return get("/capacity", as_model(Capacity))

    @asks
    def get_readiness(self) -> Call[Readiness]:
        """Tell what the service needs, and whether it has it."""
        return Call(
            method="GET", path="/readyz", read=as_model(Readiness), answers=frozenset({503})
        )

    @tells
    def is_alive(self) -> Call[bool]:
        """Tell whether a P-DARTS service answers."""
        return get("/openapi.json", _is_ours)

    @tells
    def is_ready(self) -> Call[bool]:
        """Tell whether the service can take searches."""
        return get("/readyz", lambda response: response.is_success)


def _is_ours(response: httpx.Response) -> bool:
    return bool(response.json()["info"]["title"] == _TITLE)
