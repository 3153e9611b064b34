"""The settings that a command passes to the programs it starts, so that they agree with it."""

import os
from pathlib import Path

from sqlalchemy import make_url

from store.settings import Settings


def settings_environment(settings: Settings) -> dict[str, str]:
    """Return this process's environment with every setting in it, the derived ones too.

    Paths are made absolute, for the programs work in another folder.
    """
    values = settings.model_dump() | {
        "database_url": _absolute_database(settings.database_url),
        "artifacts_url": _absolute_artifacts(settings.artifacts_url),
    }
    return {
        **os.environ,
        **{f"PDARTS_{name.upper()}": str(value) for name, value in values.items()},
    }


def _absolute_database(database_url: str) -> str:
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
        return database_url
    path = Path(str(url.database)).absolute()
    return url.set(database=str(path)).render_as_string(hide_password=False)


def _absolute_artifacts(artifacts_url: str) -> str:
    return artifacts_url if "://" in artifacts_url else str(Path(artifacts_url).absolute())
