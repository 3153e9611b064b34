"""The names under which a service on one machine is asked for.

While no keys are required, being on this machine is all that a client has to prove. A page of
any site can have its reader's browser ask a loopback address, under a name of its own that leads
there (DNS rebinding). The browser sends that name, as Host, and it is none of ours.
"""

import ipaddress
import re
import socket
from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[^:@/?#\[\]\s]+)(?::(\d*))?")
"""A host, in brackets if it is an IPv6 address, and a port (RFC 9110, section 7.2)."""


@dataclass(frozen=True, kw_only=True)
class Authority:
    """A host and a port, as Host and Origin name them."""

    host: str
    port: int | None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return what a text names; None if it names no host."""
        found = _AUTHORITY.fullmatch(text.strip())
        if found is None:
            return None
        host = found[1].strip("[]").lower().removesuffix(".")
        return cls(host=host, port=int(found[2][:9]) if found[2] else None)


class OwnNames:
    """Tells whether a host is this machine."""

    def __init__(self, names: Collection[str], *, listens_beyond_loopback: bool) -> None:
        """Take these names as the machine's own.

        Args:
            names: in small letters, beside those that every machine has.
            listens_beyond_loopback: so that it is also asked for by its name in the network.
        """
        self._names = {"localhost", *names}
        if listens_beyond_loopback:
            full = socket.gethostname().lower()
            self._names |= {full, full.partition(".")[0]}

    def include(self, host: str, *, reached_at: str | None) -> bool:
        """Tell whether a host is this machine.

        Args:
            host: a name or an address.
            reached_at: the address at which the connection arrived: no name leads elsewhere by it.
        """
        if host in self._names or host.endswith(".localhost"):
            return True
        address = _address(host)
        if address is None:
            return False
        is_here = address.is_loopback or address.is_unspecified
        return is_here or address == _address(reached_at or "")


def is_loopback(host: str) -> bool:
    """Tell whether a host is an address, or the name, by which a machine reaches itself alone."""
    address = _address(host.strip("[]"))
    return host == "localhost" if address is None else address.is_loopback


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
