"""Where webhooks may be sent to."""

import ipaddress
import socket

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.webhooks.addresses import (
    AddressRefused,
    IPAddress,
    check_addresses,
    check_url,
    is_permitted,
)
from api.webhooks.sender import PAUSES_SECONDS, pause_after
from api.webhooks.transport import GuardedTransport
from tests.support.receiver import receiving

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
PRIVATE = ("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")
SPECIAL_IPV4 = (
    "0.0.0.0/8",
    "0.0.0.0/32",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.0.0/29",
    "192.0.0.8/32",
    "192.0.0.9/32",
    "192.0.0.10/32",
    "192.0.0.170/32",
    "192.0.0.171/32",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.88.99.2/32",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "255.255.255.255/32",
)
SPECIAL_IPV6 = (
    "::1/128",
    "::/128",
    "64:ff9b:1::/48",
    "100::/64",
    "100:0:0:1::/64",
    "2001::/23",
    "2001::/32",
    "2001:1::1/128",
    "2001:1::2/128",
    "2001:1::3/128",
    "2001:2::/48",
    "2001:3::/32",
    "2001:4:112::/48",
    "2001:10::/28",
    "2001:20::/28",
    "2001:30::/28",
    "2001:db8::/32",
    "2620:4f:8000::/48",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
)
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")


def private_addresses() -> st.SearchStrategy[IPAddress]:
    return st.sampled_from(PRIVATE).flatmap(lambda net: st.ip_addresses(v=4, network=net))


class TestAddresses:
    @pytest.mark.parametrize(
        "address",
        [
            "0.0.0.0",  # noqa: S104
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.31.255.255",
            "192.0.0.1",
            "192.168.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "233.252.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fe80::1%lo",
            "fec0::1",
            "ff02::1",
            "ff0e::1",
            "2001::1",
            "2001:db8::1",
            "64:ff9b:1::7f00:1",
        ],
    )
    def test_what_is_not_public_is_refused(self, address: str) -> None:
        assert not is_permitted(ipaddress.ip_address(address), [])

    @pytest.mark.parametrize(
        "address", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "64:ff9b::101:101"]
    )
    def test_what_is_public_is_permitted(self, address: str) -> None:
        assert is_permitted(ipaddress.ip_address(address), [])

    @given(private_addresses())
    def test_an_ipv6_address_counts_as_the_ipv4_address_that_it_leads_to(
        self, private: ipaddress.IPv4Address
    ) -> None:
        number = int(private)
        for leads_there in (
            ipaddress.IPv6Address(0xFFFF << 32 | number),
            ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) | number),
            ipaddress.IPv6Address(0x2002 << 112 | number << 80),
            ipaddress.IPv6Address(number),
        ):
            assert not is_permitted(leads_there, [])

    def test_a_network_can_be_allowed(self) -> None:
        assert is_permitted(ipaddress.ip_address("127.0.0.1"), LOOPBACK)
        assert is_permitted(ipaddress.ip_address("::ffff:127.0.0.1"), LOOPBACK)
        assert not is_permitted(ipaddress.ip_address("10.0.0.1"), LOOPBACK)

    def test_one_private_address_among_public_ones_is_enough_to_refuse_a_host(self) -> None:
        addresses = [ipaddress.ip_address(text) for text in ("1.1.1.1", "127.0.0.1")]
        with pytest.raises(AddressRefused):
            check_addresses(addresses, [])


class TestSpecialNetworks:
    """IANA's registries of special-purpose addresses, line by line."""

    @pytest.mark.parametrize("network", [*SPECIAL_IPV4, *SPECIAL_IPV6], ids=str)
    def test_nothing_in_one_is_permitted(self, network: str) -> None:
        special = ipaddress.ip_network(network)
        middle = special[special.num_addresses // 2]
        for address in (special[0], middle, special[-1]):
            assert not is_permitted(address, [])

    @pytest.mark.parametrize(
        "address",
        [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "191.255.255.255",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2000::",
            "2001:200::",
            "2001:db7:ffff::",
            "2001:db9::",
            "2003::",
            "3ffe:ffff::",
            "3fff:1000::",
        ],
    )
    def test_what_lies_beside_them_is(self, address: str) -> None:
        assert is_permitted(ipaddress.ip_address(address), [])

    @given(st.ip_addresses())
    def test_nothing_is_permitted_that_this_python_knows_to_be_private(
        self, address: IPAddress
    ) -> None:
        if is_permitted(address, []) and address not in NAT64 and address not in SIX_TO_FOUR:
            assert address.is_global

    @pytest.mark.parametrize("network", ["192.0.0.0/24", "3fff::/20", "64:ff9b:1::/48"])
    def test_one_can_be_allowed(self, network: str) -> None:
        allowed = ipaddress.ip_network(network)
        assert is_permitted(allowed[1], [allowed])


class TestUrls:
    @pytest.mark.parametrize(
        "url",
        [
            "http://example.org/",
            "ftp://example.org/",
            "example.org",
            "https://",
            "https:///path",
            "https://user@example.org/",
            "https://user:password@example.org/",
            "https://example.org/#fragment",
            "https://example.org:22/",
            "https://example.org:99999/",
            "https://example.org:x/",
            "https://127.0.0.1/",
            "https://192.0.0.192/",
            "https://[3fff::1]/",
            "https://[::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://127.1/",
            "https://127.0.0.1./",
            "https://exa mple.org/",
            "https://example.org\\@127.0.0.1/",
            "https://ex\u00e4mple.org/",
            "https://[bad/",
            "https://example.org/" + "x" * 2000,
        ],
    )
    def test_those_that_lead_elsewhere_or_nowhere_are_refused(self, url: str) -> None:
        with pytest.raises(AddressRefused):
            check_url(url, allow_http=False, allowed=[])

    @pytest.mark.parametrize(
        "url", ["https://example.org/a?b=c", "https://example.org:8443/", "https://1.1.1.1/"]
    )
    def test_those_of_the_public_internet_are_taken(self, url: str) -> None:
        check_url(url, allow_http=False, allowed=[])

    @given(st.text(max_size=50))
    def test_no_text_is_more_than_refused(self, text: str) -> None:
        for url in (text, f"https://{text}"):
            try:
                check_url(url, allow_http=False, allowed=[])
            except AddressRefused:
                continue


class TestTransport:
    """A name may be looked up anew at any time: what counts is where the connection goes."""

    @pytest.mark.anyio
    async def test_a_name_is_looked_up_once_and_that_address_connected_to(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []
        answers = iter(["127.0.0.1", "10.0.0.1"])

        def resolve(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
            if host == "127.0.0.1":
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, 0))]
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), 0))]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        with receiving() as receiver:
            url = receiver.url.replace("127.0.0.1", "rebinding.example")
            async with httpx.AsyncClient(transport=GuardedTransport(LOOPBACK)) as client:
                assert (await client.post(url, content=b"x")).status_code == 204
                assert asked == ["rebinding.example"]
                with pytest.raises(AddressRefused):
                    await client.post(url, content=b"x")
            received = receiver.next()
        assert received.headers["host"].startswith("rebinding.example:")
        assert receiver.requests.empty()


def test_the_pauses_between_attempts_grow_to_days() -> None:
    pauses = [pause_after(attempt) for attempt in range(1, len(PAUSES_SECONDS) + 2)]
    assert pauses.pop() is None
    for pause, planned in zip(pauses, PAUSES_SECONDS, strict=True):
        assert pause is not None
        assert 0.8 * planned <= pause <= 1.2 * planned
    assert sum(PAUSES_SECONDS) > 2 * 86_400
