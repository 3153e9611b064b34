"""HTTP to checked addresses: it connects to the very address that passed the check."""

import ipaddress
import socket
from collections.abc import Sequence
from functools import partial

import anyio
import httpx

from api.webhooks.addresses import IPAddress, IPNetwork, check_addresses

_LOOK_UPS_AT_ONCE = 64
"""A name server that does not answer holds a thread for longer than the attempt lasts."""


class GuardedTransport(httpx.AsyncBaseTransport):
    """Looks up a host once, checks all of its addresses, and connects to one of them.

    TLS checks the host's name, and the receiver gets it too. No proxy is used, and nothing is
    looked up a second time.
    """

    def __init__(self, allowed: Sequence[IPNetwork]) -> None:
        self._allowed = allowed
        self._look_ups = anyio.CapacityLimiter(_LOOK_UPS_AT_ONCE)
        self._inner = httpx.AsyncHTTPTransport(
            trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request.

        Raises:
            AddressRefused: an address of the host is not public.
            httpx.ConnectError: the host has none.
        """
        host = request.url.host
        addresses = await look_up(host, self._look_ups)
        check_addresses(addresses, self._allowed)
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=str(addresses[0]))
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close what is open."""
        await self._inner.aclose()


async def look_up(host: str, threads: anyio.CapacityLimiter) -> list[IPAddress]:
    """Return the addresses of a host. Raises httpx.ConnectError if it has none."""
    # In threads of its own: those that the event loop shares are few, and wait for each other.
    asking = partial(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
    try:
        found = await anyio.to_thread.run_sync(asking, abandon_on_cancel=True, limiter=threads)
    except (OSError, UnicodeError) as error:
        raise httpx.ConnectError(f"{host} is not known") from error
    return [ipaddress.ip_address(address[0]) for *_, address in found]
