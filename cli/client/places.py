"""Where the service is, and how to reach it."""

import ipaddress
import os
import ssl
from functools import cache
from importlib.metadata import version
from typing import Any

import httpx

from cli.listening import url_for

TIMEOUT_SECONDS = 30.0
BASE_PATH = "/v1"
"""What every path of the interface begins with."""
_DEFAULT_HOST = "127.0.0.1"
_DEFAULT_PORT = 8000


def service_url(url: str | None) -> str:
    """Return the URL: the given one, else PDARTS_URL, else where `pdarts up` serves here.

    Raises:
        ValueError: it is not the URL of a web service.
    """
    chosen = url or os.environ.get("PDARTS_URL") or _local_url()
    try:
        parsed = httpx.URL(chosen)
    except httpx.InvalidURL as error:
        raise ValueError(f"{chosen!r} is not a URL: {error}") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ValueError(
            f"{chosen!r} is not the URL of a service, which starts with http:// or https://"
        )
    return chosen.rstrip("/").removesuffix(BASE_PATH)


def http_options(url: str, api_key: str | None, timeout_seconds: float) -> dict[str, Any]:
    """Return the arguments for an HTTP client of the service."""
    key = api_key or os.environ.get("PDARTS_API_KEY")
    headers = {"User-Agent": f"pdarts/{version('pdarts')}"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    # A proxy in the environment leads outside, where this machine is not.
    trust_env = not is_loopback(url)
    return {
        "base_url": url,
        "headers": headers,
        "timeout": timeout_seconds,
        "trust_env": trust_env,
        "verify": trusted_authorities(trust_env=trust_env),
    }


@cache
def trusted_authorities(*, trust_env: bool) -> ssl.SSLContext:
    """Read the certificates that HTTPS rests on once, not for every client: it takes 50 ms."""
    return httpx.create_ssl_context(trust_env=trust_env)


def is_loopback(url: str) -> bool:
    """Tell whether a URL leads to this machine."""
    host = httpx.URL(url).host
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _local_url() -> str:
    host = os.environ.get("PDARTS_HOST") or _DEFAULT_HOST
    return url_for(host, int(os.environ.get("PDARTS_PORT") or _DEFAULT_PORT))
