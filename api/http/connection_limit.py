"""How many connections one address may have open."""

import ipaddress
import sys
from collections import Counter
from collections.abc import Callable, Collection

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_IPV6_OF_ONE = 64
"""Bits: whoever has one IPv6 address usually has all that begin with these."""


class ConnectionLimit:
    """Counts the open connections of each address, trusted proxies excepted: they are many."""

    def __init__(self, most: int = sys.maxsize, *, trusted: Collection[_Network] = ()) -> None:
        self._most = most
        self._trusted = trusted
        self._open: Counter[str] = Counter()

    def enter(self, address: str) -> Callable[[], None] | None:
        """Count a new connection; return what is to be called at its end, None if it may not be."""
        who = self._who(address)
        if who is None:
            return lambda: None
        if self._open[who] >= self._most:
            return None
        self._open[who] += 1
        return lambda: self._leave(who)

    def _leave(self, who: str) -> None:
        self._open[who] -= 1
        if not self._open[who]:
            del self._open[who]

    def _who(self, address: str) -> str | None:
        """Return whom the address belongs to; None if they may have as many as they like."""
        found = _parse(address)
        if any(found in network for network in self._trusted):
            return None
        if isinstance(found, ipaddress.IPv6Address):
            return str(ipaddress.ip_network((found, _IPV6_OF_ONE), strict=False))
        return str(found)


def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    found = ipaddress.ip_address(address)
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
