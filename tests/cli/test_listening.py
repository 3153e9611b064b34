"""The service's address."""

from contextlib import closing

import pytest

from cli.errors import AlreadyInUse, UnfitMachine
from cli.listening import listen, url_for


def test_a_port_in_use_gets_a_word_on_how_to_take_another() -> None:
    with closing(listen("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AlreadyInUse, match=rf"port {port} .* is in use .* PORT="):
            listen("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(UnfitMachine, match=r"cannot listen on 192\.0\.2\.1"):
        listen("192.0.2.1", 0)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("localhost", "http://localhost:8000"),
        ("::1", "http://[::1]:8000"),
        ("::", "http://localhost:8000"),
    ],
)
def test_the_url_leads_there_from_this_machine(host: str, url: str) -> None:
    assert url_for(host, 8000) == url
