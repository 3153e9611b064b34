"""Traces, where the extra `otel` is installed and the OTEL_* variables name a collector.

Otherwise nothing of OpenTelemetry is imported.
"""

import importlib.util
import logging
import os

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_FLUSH_MILLISECONDS = 5000

logger = logging.getLogger(__name__)


def start_tracing(service_name: str) -> bool:
    """Trace this process's statements and messages; return whether traces are wanted.

    Call it before engines are made, and in a process that does not fork afterwards.
    """
    if not _is_wanted():
        return False
    if importlib.util.find_spec("opentelemetry") is None:
        logger.warning("OTEL_* variables are set, but the extra is not installed: pdarts[otel]")
        return False
    from opentelemetry import trace  # noqa: PLC0415
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.instrumentation.celery import CeleryInstrumentor  # noqa: PLC0415
    from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    name = os.environ.get("OTEL_SERVICE_NAME") or service_name
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    # It names an older version than the one that it works with.
    SQLAlchemyInstrumentor().instrument(skip_dep_check=True)
    CeleryInstrumentor().instrument()  # type: ignore[no-untyped-call]
    return True


def flush_traces() -> None:
    """Send what is waiting, for a few seconds at most; for a process that is about to end."""
    if not _is_wanted() or importlib.util.find_spec("opentelemetry") is None:
        return
    from opentelemetry import trace  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415

    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.force_flush(_FLUSH_MILLISECONDS)


def _is_wanted() -> bool:
    disabled = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return not disabled and any(os.environ.get(name) for name in _ENDPOINTS)
