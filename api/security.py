"""Who may use the service."""

import ipaddress
from dataclasses import dataclass

from store.settings import Settings

LOCAL_OWNER = "local"
"""Who owns what is made while nobody has to say who they are."""


class UnsafeSettingsError(Exception):
    """The settings would open the service to strangers."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who makes a request."""

    owner: str


def check_settings(settings: Settings) -> None:
    """Refuse settings under which anyone on the network could use the service.

    Raises:
        UnsafeSettingsError: the sentence says what to change.
    """
    if settings.auth == "on":
        raise UnsafeSettingsError(
            "PDARTS_AUTH=on needs API keys, which this version does not have; "
            "leave it off and bind to a loopback address"
        )
    if not _is_loopback(settings.published_host):
        raise UnsafeSettingsError(
            f"serving at {settings.published_host} would let anyone on the network use it, "
            "since PDARTS_AUTH is off; bind to a loopback address such as 127.0.0.1"
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
