"""What `pdarts api` serves: `uvicorn api.server:create_app --factory`."""

from fastapi import FastAPI

import api.main
from store.logs import configure_logging
from store.settings import get_settings


def create_app() -> FastAPI:
    """Make the service, and have this process log as the settings want it.

    Raises:
        UnsafeSettingsError: the settings would open it to strangers.
    """
    settings = get_settings()
    configure_logging(settings)
    return api.main.create_app(settings)
