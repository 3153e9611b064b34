"""Networks that are no places on the public internet.

From IANA's registries of special-purpose addresses (https://www.iana.org/assignments/
iana-ipv4-special-registry, https://www.iana.org/assignments/iana-ipv6-special-registry), as of
2026, with multicast and what is deprecated. The list is ours: what Python calls global differs from
one version to the next. Special networks that can be reached from everywhere (anycast relays, the
sinks of AS112) are in it too, since no receiver has an address there.
"""

import ipaddress

_IPV4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared with a carrier's NAT
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local, and the metadata of clouds
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments, and the metadata of some clouds
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # relays of 6to4
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that has been given out as public: everything outside is special."""
_IPV6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID, AMT and others
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, where no IPv4 address is meant
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
        ),
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def is_special(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Tell whether an address is no place on the public internet.

    Of an IPv6 address that leads to an IPv4 address, ask about that one: see `embedded_ipv4`.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return any(address in network for network in _IPV4)
    return address not in _GLOBAL_UNICAST or any(address in network for network in _IPV6)


def embedded_ipv4(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 address leads to: mapped, through NAT64 or 6to4."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
