"""What Prometheus reads."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client.exposition import choose_encoder

from api.endpoint.dependencies import ResourcesDep
from api.monitoring.request_metrics import RequestMetrics
from api.monitoring.service_metrics import Exposition

router = APIRouter(tags=["operation"])


@router.get("/metrics", response_class=PlainTextResponse)
async def get_metrics(
    request: Request,
    resources: ResourcesDep,
    accept: Annotated[
        str, Header(description="`application/openmetrics-text` for OpenMetrics")
    ] = "",
) -> Response:
    """Read the service's metrics in Prometheus' text format, even if the database is down."""
    requests: RequestMetrics = request.state.request_metrics
    encode, media_type = choose_encoder(accept)
    exposition = Exposition(requests.registry, await resources.measurements.read())
    return Response(encode(exposition), media_type=media_type)
