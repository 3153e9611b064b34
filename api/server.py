"""What `pdarts api` serves: `uvicorn api.server:create_app --factory`."""

import gc

from fastapi import FastAPI

import api.main
from store.logs import configure_logging
from store.settings import get_settings
from store.tracing import start_tracing

_UNTRACED = "livez,readyz,metrics"
"""What is asked every few seconds."""


def create_app() -> FastAPI:
    """Make the service, and have this process log as the settings want it.

    Raises:
        UnsafeSettingsError: the settings would open it to strangers.
    """
    settings = get_settings()
    configure_logging(settings)
    app = api.main.create_app(settings)
    # What is there by now stays: without this, the collector looks through all of it again and
    # again, and requests wait meanwhile.
    gc.collect()
    gc.freeze()
    if start_tracing("pdarts-api"):
        from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor  # noqa: PLC0415

        FastAPIInstrumentor.instrument_app(
            app, excluded_urls=_UNTRACED, exclude_spans=["receive", "send"]
        )
    return app
