"""Where webhooks may be sent to: to public addresses, and to networks that a setting allows."""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from urllib.parse import SplitResult, urlsplit

from api.webhooks.special_networks import embedded_ipv4, is_special

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

LONGEST_URL = 2000
_WEB_PORTS = frozenset({80, 443})
_FIRST_FREE_PORT = 1024
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)


class AddressRefused(Exception):
    """A webhook must not be sent there."""


def check_url(url: str, *, allow_http: bool, allowed: Sequence[IPNetwork]) -> None:
    """Refuse a URL that no webhook may have. Names are looked up only when it is used.

    Raises:
        AddressRefused: the sentence says what is wrong with it.
    """
    parts = _split(url)
    if parts.scheme not in ({"https", "http"} if allow_http else {"https"}):
        raise AddressRefused(f"must begin with https://{' or http://' if allow_http else ''}")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressRefused("must not contain a user, password or fragment")
    port = parts.port
    if port is not None and port not in _WEB_PORTS and port < _FIRST_FREE_PORT:
        raise AddressRefused("the port must be 80, 443, or 1024 or higher")
    host = parts.hostname
    if not host:
        raise AddressRefused("has no host")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
            raise AddressRefused("the host is neither a valid name nor an address") from None
    else:
        check_addresses([address], allowed)


def check_addresses(addresses: Iterable[IPAddress], allowed: Sequence[IPNetwork]) -> None:
    """Refuse a host if any of its addresses is none of the public internet, nor allowed.

    Raises:
        AddressRefused: one of them is refused.
    """
    for address in addresses:
        if not is_permitted(address, allowed):
            raise AddressRefused("the host has an address that is not public")


def is_permitted(address: IPAddress, allowed: Sequence[IPNetwork]) -> bool:
    """Tell whether a webhook may be sent to an address."""
    meant = embedded_ipv4(address) or address
    return any(meant in network for network in allowed) or not is_special(meant)


def _split(url: str) -> SplitResult:
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise AddressRefused("must be ASCII, without spaces or backslashes")
    if len(url) > LONGEST_URL:
        raise AddressRefused(f"must be no longer than {LONGEST_URL} characters")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise AddressRefused("is not a valid URL") from error
    return parts
