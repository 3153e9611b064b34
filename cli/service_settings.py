"""The service's settings, read when a command needs them."""

from typing import TYPE_CHECKING

from cli.errors import UnfitMachine

if TYPE_CHECKING:
    from store.settings import Settings


def read_settings() -> "Settings":
    """Read the PDARTS_* variables.

    Raises:
        UnfitMachine: one of them has no valid value.
    """
    from pydantic import ValidationError

    from store.artifact_stores import ArtifactsUrlError, check_artifacts_url
    from store.settings import Settings

    try:
        settings = Settings()
        check_artifacts_url(settings.artifacts_url)
    except ArtifactsUrlError as error:
        raise UnfitMachine(f"the settings are wrong: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(
            f"PDARTS_{'_'.join(map(str, item['loc'])).upper()}: {item['msg']}"
            for item in error.errors()
        )
        raise UnfitMachine(f"the settings are wrong: {wrong}") from error
    return settings
