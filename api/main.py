"""The HTTP service: `uvicorn api.main:create_app --factory`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from importlib.metadata import version
from typing import TypedDict

from fastapi import APIRouter, Depends, FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.routing import APIRoute
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES
from starlette.routing import BaseRoute

from api.docs.openapi import DocumentedApp, problems
from api.endpoint.parameters import refuse_unknown_parameters
from api.http.answer_headers import AnswerHeadersMiddleware
from api.http.bodies import BASE
from api.http.error_handler import add_error_handler
from api.http.errors import (
    DatabaseUnavailable,
    InternalError,
    InvalidRequest,
    NotAcceptable,
)
from api.http.middleware import HeadMiddleware, RequestIdMiddleware
from api.http.same_machine import SameMachineMiddleware
from api.monitoring.access_log import ObservationMiddleware
from api.monitoring.request_metrics import RequestMetrics
from api.resources.bounded_query import BoundedQueryMiddleware
from api.resources.resources import Resources, open_resources
from api.resources.security import check_keys, check_settings, own_names
from api.resources.strangers import StrangersMiddleware
from api.resources.upload_sweeping import sweeping_uploads
from api.routes import (
    alphas,
    dashboard,
    datasets,
    docs,
    evaluation_results,
    evaluations,
    genotypes,
    health,
    keys,
    me,
    metrics,
    presets,
    pruning,
    results,
    root,
    search_genotypes,
    searches,
    uploads,
    webhooks,
    weights,
    workers,
)
from api.webhooks.sender import sending
from store.artifact_stores import check_artifacts_url
from store.settings import Settings, get_settings

_LEAST_COMPRESSED = 4096
"""Bytes of a body; compressing shorter ones takes longer than sending them."""
_COMPRESSION = 4
_WEIGHTS = "application/octet-stream"
"""The type of trained weights, which hardly shrink; their digest is that of the file as it is."""


class State(TypedDict):
    """What each request's state contains."""

    resources: Resources
    request_metrics: RequestMetrics


def create_app(settings: Settings | None = None) -> FastAPI:
    """Make the service.

    Raises:
        UnsafeSettingsError: the settings would open it to strangers. When it starts: they would
            open it to nobody.
        ArtifactsUrlError: they name no artifact store that can be used here.
    """
    chosen = settings or get_settings()
    check_settings(chosen)
    check_artifacts_url(chosen.artifacts_url)
    request_metrics = RequestMetrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[State]:
        _build_routes(app)
        with open_resources(chosen) as resources:
            check_keys(chosen, resources.database)
            async with (
                resources.news.running(),
                resources.key_watch.running(),
                resources.limiter.running(),
                sweeping_uploads(resources.database, chosen),
                sending(resources.database, chosen, resources.secrets),
            ):
                yield {"resources": resources, "request_metrics": request_metrics}

    app = DocumentedApp(
        title="P-DARTS",
        summary="Neural-architecture search with P-DARTS (arXiv 1904.12760)",
        version=version("pdarts"),
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
        routes=_all_routes(),
    )
    app.add_middleware(
        GZipMiddleware,
        minimum_size=_LEAST_COMPRESSED,
        compresslevel=_COMPRESSION,
        exclude_content_types=(*DEFAULT_EXCLUDED_CONTENT_TYPES, _WEIGHTS),
    )
    app.add_middleware(BoundedQueryMiddleware)
    if chosen.auth == "off":
        app.add_middleware(SameMachineMiddleware, names=own_names(chosen))
    app.add_middleware(AnswerHeadersMiddleware)
    app.add_middleware(HeadMiddleware)
    if chosen.auth == "on":
        app.add_middleware(StrangersMiddleware)
    app.add_middleware(ObservationMiddleware, metrics=request_metrics)
    app.add_middleware(RequestIdMiddleware)
    add_error_handler(app)
    return app


@cache
def _all_routes() -> list[BaseRoute]:
    """Return what every service serves, whatever its settings; made once, for it takes a second."""
    served = APIRouter(generate_unique_id_function=_operation_id)
    resources = _resources()
    served.include_router(resources, prefix=BASE)
    served.include_router(resources, include_in_schema=False)
    served.include_router(root.router, dependencies=[Depends(refuse_unknown_parameters)])
    served.include_router(dashboard.router)
    return served.routes


def _build_routes(app: FastAPI) -> None:
    """Have FastAPI build now what it would build for the first request, holding up all others."""
    nothing = {"type": "http", "method": "GET", "path": "/", "root_path": "", "headers": []}
    for route in app.router.routes:
        route.matches(nothing)


def _resources() -> APIRouter:
    routes = APIRouter(dependencies=[Depends(refuse_unknown_parameters)])
    resources = (
        searches,
        results,
        alphas,
        pruning,
        search_genotypes,
        evaluations,
        evaluation_results,
        genotypes,
        weights,
        uploads,
        datasets,
        presets,
        workers,
        keys,
        me,
        webhooks,
    )
    errors = problems(NotAcceptable, InvalidRequest, InternalError, DatabaseUnavailable)
    for resource in resources:
        routes.include_router(resource.router, responses=errors)
    routes.include_router(datasets.sending, responses=errors)
    routes.include_router(searches.history, responses=errors)
    routes.include_router(evaluations.history, responses=errors)
    routes.include_router(health.router, responses=problems(InvalidRequest))
    routes.include_router(metrics.router, responses=problems(InvalidRequest))
    routes.include_router(docs.router)
    return routes


def _operation_id(route: APIRoute) -> str:
    return route.name
