"""Calls about the service: what it offers, and whether it works."""

import httpx

from cli.client.binding import asks, lists, tells
from cli.client.call import Call, as_model, as_page, get
from cli.client.model import Page
from cli.client.models import Capacity, EvaluationPreset, Preset, Readiness, Worker

_TITLE = "P-DARTS"


class ServiceCalls:
    """Calls about the service."""

    @lists
    def list_presets(self) -> Call[Page[Preset]]:
        """List the presets, which supply every setting that a search's spec leaves out."""
        return get("/presets", as_page(Preset))

    @lists
    def list_evaluation_presets(self) -> Call[Page[EvaluationPreset]]:
        """List the presets of evaluations, likewise."""
        return get("/presets", as_page(EvaluationPreset), kind="evaluation")

    @lists
    def list_workers(self) -> Call[Page[Worker]]:
        """List the workers, the newest first."""
        return get("/workers", as_page(Worker))

    @asks
    def get_capacity(self) -> Call[Capacity]:
        """Read how many workers there are, and how many are free."""
        return get("/capacity", as_model(Capacity))

    @asks
    def get_readiness(self) -> Call[Readiness]:
        """Read whether the service has what it needs."""
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
