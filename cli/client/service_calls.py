"""The calls that concern the service: what it knows, and whether it works."""

import httpx

from cli.client.call import Call, as_model, as_page, get
from cli.client.model import Page
from cli.client.models import Capacity, Dataset, Preset, Readiness, Worker

_TITLE = "P-DARTS"


def list_datasets() -> Call[Page[Dataset]]:
    """List the data sets that a search can use."""
    return get("/datasets", as_page(Dataset))


def list_presets() -> Call[Page[Preset]]:
    """List the named specs, from which a spec takes what it leaves out."""
    return get("/presets", as_page(Preset))


def list_workers() -> Call[Page[Worker]]:
    """List the workers, the newest first."""
    return get("/workers", as_page(Worker))


def get_capacity() -> Call[Capacity]:
    """Tell how much of the service is free."""
    return get("/capacity", as_model(Capacity))


def get_readiness() -> Call[Readiness]:
    """Tell what the service needs, and whether it has it."""
    return Call(method="GET", path="/readyz", read=as_model(Readiness), answers=frozenset({503}))


def is_alive() -> Call[bool]:
    """Tell whether a P-DARTS service answers."""
    return get("/openapi.json", _is_ours)


def is_ready() -> Call[bool]:
    """Tell whether the service can take searches."""
    return get("/readyz", lambda response: response.is_success)


def _is_ours(response: httpx.Response) -> bool:
    return bool(response.json()["info"]["title"] == _TITLE)
